//! A backup is one state of everything; restored elsewhere, the same functions answer. What is none, is refused and changes nothing.

mod hostile;
mod sealed;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use bunbase_tests::output::ok;
use bunbase_tests::{Project, Suite, binary};
use tempfile::TempDir;

fn said(suite: &Suite, name: &str) -> String {
    let answer = suite.get(&format!("/functions/{name}"));
    assert_eq!(answer.status, 200, "{answer:?}\n{}", suite.log());
    answer.text().to_owned()
}

fn versions(suite: &Suite, name: &str) -> serde_json::Value {
    suite.json(&["versions", name])
}

/// Two functions, one with a version before and one with variables of the server.
fn deployed() -> Suite {
    let suite = Suite::start();
    suite.deploy_handler("app", "", "return new Response('old app')");
    suite.deploy_handler(
        "app",
        "[env]\nA = \"toml\"",
        "return new Response(`app ${env.A} ${env.B}`)",
    );
    suite.deploy(&Project::handler("other", "return new Response('other')"));
    ok(&suite.bunbase(&["env", "set", "app", "B=server"]));
    suite
}

fn backed_up(suite: &Suite) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    ok(&suite.bunbase(&["backup", file.to_str().unwrap()]));
    (folder, file)
}

fn restore(suite: &Suite, file: &Path, more: &[&str]) -> Output {
    suite.bunbase(&[&["restore", file.to_str().unwrap()], more].concat())
}

#[test]
fn what_was_backed_up_answers_on_an_empty_machine_as_before() {
    let suite = deployed();
    let (_folder, file) = backed_up(&suite);
    let fresh = Suite::start();
    let restored = ok(&restore(&fresh, &file, &[]));
    assert!(restored.contains("2 functions in service, 3 versions"), "{restored}");
    assert_eq!(said(&fresh, "app"), "app toml server");
    assert_eq!(said(&fresh, "other"), "other");
    for name in ["app", "other"] {
        assert_eq!(versions(&fresh, name), versions(&suite, name));
    }
    let listed = ok(&fresh.bunbase(&["env", "ls", "app"]));
    assert!(listed.contains("B  server  (server)"), "{listed}");
    ok(&fresh.bunbase(&["rollback", "app"]));
    assert_eq!(said(&fresh, "app"), "old app");
    fresh.deploy_handler("app", "", "return new Response('new app')");
    assert_eq!(said(&fresh, "app"), "new app");
    fresh.kill_and_await_restart("ipcd");
    assert_eq!(said(&fresh, "other"), "other");
    assert_eq!(said(&fresh, "app"), "new app");
}

#[test]
fn a_backup_goes_through_standard_output_and_input() {
    let suite = deployed();
    let fresh = Suite::start();
    let command = |suite: &Suite, args: [&str; 2]| {
        let mut command = Command::new(binary("bunbase"));
        command.arg("--socket").arg(suite.socket()).args(args);
        command
    };
    let mut backup = command(&suite, ["backup", "-"]).stdout(Stdio::piped()).spawn().unwrap();
    let piped = backup.stdout.take().unwrap();
    let restored = command(&fresh, ["restore", "-"]).stdin(piped).output().unwrap();
    assert!(restored.status.success(), "{restored:?}");
    assert!(backup.wait().unwrap().success());
    assert_eq!(said(&fresh, "app"), "app toml server");
}

#[test]
fn what_is_there_is_replaced_only_if_that_is_asked_for_and_is_kept_aside() {
    let mut suite = deployed();
    let (_folder, file) = backed_up(&suite);
    ok(&suite.bunbase(&["rm", "other"]));
    suite.deploy_handler("app", "", "return new Response('later')");
    suite.deploy_handler("third", "", "return new Response('third')");
    let refused = restore(&suite, &file, &[]);
    assert_eq!(refused.status.code(), Some(7), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--replace"), "{refused:?}");
    assert_eq!((said(&suite, "app"), said(&suite, "third")), ("later".into(), "third".into()));
    ok(&restore(&suite, &file, &["--replace"]));
    assert_eq!(
        (said(&suite, "app"), said(&suite, "other")),
        ("app toml server".into(), "other".into())
    );
    assert_eq!(suite.get("/functions/third").status, 404);
    suite.stop();
    for name in ["registry.db-wal", "registry.db-shm"] {
        // They may be gone already.
        let _ = fs::remove_file(suite.folder().join(name));
    }
    let aside = suite.folder().join("registry.before-restore.db");
    fs::rename(aside, suite.folder().join("registry.db")).unwrap();
    let mut up = Command::new(binary("bunbase"));
    up.args(["up", "--http", "127.0.0.1:0", "--state"]).arg(suite.folder());
    let again = Suite::from_command(suite.folder(), up);
    assert_eq!((said(&again, "app"), said(&again, "third")), ("later".into(), "third".into()));
    assert_eq!(again.get("/functions/other").status, 404);
}

#[test]
fn a_backup_file_is_its_owners_and_replaces_none_unasked() {
    let suite = deployed();
    let (_folder, file) = backed_up(&suite);
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(&file).unwrap();
    let again = suite.bunbase(&["backup", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
    suite.deploy_handler("third", "", "return new Response('third')");
    ok(&suite.bunbase(&["backup", "--force", file.to_str().unwrap()]));
    assert_ne!(fs::read(&file).unwrap(), before);
    assert_eq!(
        fs::read_dir(file.parent().unwrap()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn a_restore_that_ipcd_is_killed_in_has_happened_or_has_not() {
    let suite = deployed();
    let (_folder, file) = backed_up(&suite);
    let target = Suite::start();
    for n in 0..8 {
        let later = format!("later {n}");
        for name in ["app", "other"] {
            target.deploy_handler(name, "", &format!("return new Response('{later}')"));
        }
        let mut command = Command::new(binary("bunbase"));
        command.arg("--socket").arg(target.socket()).args(["restore", "--replace"]).arg(&file);
        let mut restoring = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(5 * n));
        target.kill_and_await_restart("ipcd");
        let acknowledged = restoring.wait().unwrap().success();
        bunbase_tests::wait::until_true("ipcd", || target.bunbase(&["status"]).status.success());
        let invoke = |name| ok(&target.bunbase(&["invoke", name]));
        let both = (invoke("app"), invoke("other"));
        let restored = both == ("app toml server".to_owned(), "other".to_owned());
        assert!(restored || both == (later.clone(), later.clone()), "{n}: {both:?}");
        assert!(restored || !acknowledged, "{n}: what was acknowledged is gone");
    }
}

/// Each deploy of one is followed by the same of the other: a backup never has the second of a pair without the first.
#[test]
fn a_backup_during_deploys_is_one_state_of_everything() {
    let suite = Suite::start();
    let says = |n: usize| format!("return new Response('{n}')");
    let deploy_pair = |n: usize| {
        suite.deploy_handler("first", "", &says(n));
        suite.deploy_handler("second", "", &says(n));
    };
    deploy_pair(0);
    let (_folders, files): (Vec<_>, Vec<_>) = std::thread::scope(|scope| {
        let deploys = scope.spawn(|| (1..30).for_each(deploy_pair));
        let files = (0..5).map(|_| backed_up(&suite)).unzip();
        deploys.join().unwrap();
        files
    });
    for file in &files {
        let fresh = Suite::start();
        ok(&restore(&fresh, file, &[]));
        let number = |name| said(&fresh, name).parse::<usize>().unwrap();
        let (first, second) = (number("first"), number("second"));
        assert!(first == second || first == second + 1, "{first} {second}");
    }
}

#[test]
fn functions_answer_and_are_deployed_while_a_backup_is_not_read() {
    let suite = deployed();
    let noise = vec![b'/'; 2 << 20];
    let code = format!(
        "export default {{ fetch() {{ return new Response('big') }} }};\n/{}",
        String::from_utf8(noise).unwrap()
    );
    suite.deploy_module("big", "", &code);
    let mut backup = Command::new(binary("bunbase"))
        .arg("--socket")
        .arg(suite.socket())
        .args(["backup", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    suite.deploy_handler("late", "", "return new Response('late')");
    assert_eq!(said(&suite, "late"), "late");
    assert_eq!(said(&suite, "app"), "app toml server");
    backup.kill().unwrap();
    backup.wait().unwrap();
    let (_folder, file) = backed_up(&suite);
    assert!(fs::metadata(file).unwrap().len() > 2 << 20);
    let temporary = suite.folder().join("temporary");
    bunbase_tests::wait::until_true("an end of the given up one", || {
        fs::read_dir(&temporary).unwrap().count() == 0
    });
}

#[test]
fn a_damaged_bundle_is_found_by_the_backup_and_no_file_is_left() {
    let suite = deployed();
    let bundle = fs::read_dir(suite.folder().join("bundles")).unwrap();
    let is_bundle = |path: &PathBuf| path.extension().is_none();
    let bundle = bundle.map(|entry| entry.unwrap().path()).find(is_bundle).unwrap();
    let length = fs::metadata(&bundle).unwrap().len();
    fs::write(&bundle, vec![b'x'; usize::try_from(length).unwrap()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = suite.bunbase(&["backup", folder.path().join("b").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("damaged"), "{output:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn files_that_nothing_has_any_more_are_gone_after_a_restart_and_others_stay() {
    let suite = deployed();
    let bundles = suite.folder().join("bundles");
    let garbage =
        ["0".repeat(64), format!("{}.gone.0.0.1.bytecode", "1".repeat(64)), "2.tmp".to_owned()];
    garbage.iter().for_each(|name| fs::write(bundles.join(name), "garbage").unwrap());
    fs::write(bundles.join("README"), "somebody's own").unwrap();
    fs::create_dir(suite.folder().join("temporary")).unwrap();
    fs::write(suite.folder().join("temporary/left"), "over").unwrap();
    suite.kill_and_await_restart("ipcd");
    assert_eq!(said(&suite, "app"), "app toml server");
    ok(&suite.bunbase(&["rollback", "app"]));
    assert_eq!(said(&suite, "app"), "old app");
    assert!(garbage.iter().all(|name| !bundles.join(name).exists()));
    assert!(bundles.join("README").exists());
    assert!(!suite.folder().join("temporary").exists());
}
