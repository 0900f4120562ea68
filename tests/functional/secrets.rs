//! Secrets: in force at the acknowledgement, kept over deploys and crashes, shown to nobody but the function.

use std::path::Path;
use std::process::Command;

use bunbase_tests::output::{ok, refused};
use bunbase_tests::{Project, Suite, binary, wait};
use serde_json::{Value, json};

/// One that stands nowhere else.
const VALUE: &str = "kV9-correct-horse-battery";

const SAYS: &str = "return new Response(`${env.TOKEN}`)";

const REQUIRES: &str = "[secrets]\nrequired = [\"TOKEN\"]";

fn set(suite: &Suite, name: &str, key: &str, value: &str) -> String {
    ok(&suite.bunbase_with(&["secret", "set", name, key], value.as_bytes()))
}

fn said(suite: &Suite, name: &str) -> String {
    let answer = suite.get(&format!("/functions/{name}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.text().to_owned()
}

fn listed(suite: &Suite, name: &str) -> Value {
    suite.json(&["secret", "ls", name])["secrets"].clone()
}

/// `bunbase up` in a folder that stays when it ends.
fn up(folder: &Path) -> Command {
    let mut command = Command::new(binary("bunbase"));
    command.args(["up", "--http", "127.0.0.1:0", "--state"]).arg(folder);
    command.env_remove("CREDENTIALS_DIRECTORY");
    command
}

fn does_not_start(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(78), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_secret_is_in_force_when_it_is_acknowledged_and_goes_before_variables() {
    let suite = Suite::start();
    suite.deploy_handler("app", "[env]\nTOKEN = \"toml\"", SAYS);
    assert_eq!(said(&suite, "app"), "toml");
    ok(&suite.bunbase(&["env", "set", "app", "TOKEN=variable"]));
    for n in 0..5 {
        let value = format!("{VALUE}\n {n}");
        assert!(set(&suite, "app", "TOKEN", &value).contains("TOKEN changed, in force now"));
        assert_eq!(said(&suite, "app"), value);
    }
    ok(&suite.bunbase(&["secret", "rm", "app", "TOKEN"]));
    assert_eq!(said(&suite, "app"), "variable");
}

#[test]
fn a_module_has_it_in_process_env() {
    let suite = Suite::start();
    set(&suite, "app", "TOKEN", VALUE);
    let code = "import process from 'node:process';\nconst token = process.env.TOKEN;\n\
        export default { fetch() { return new Response(token) } }";
    suite.deploy(&Project::new("app", code));
    assert_eq!(said(&suite, "app"), VALUE);
}

#[test]
fn of_the_value_one_newline_at_the_end_is_dropped_and_nothing_else() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", "return new Response(JSON.stringify(env.TOKEN))");
    for (given, value) in [("a\n", "a"), ("a\n\n", "a\n"), (" ä \t", " ä \t"), ("a\r\n", "a\r")] {
        set(&suite, "app", "TOKEN", given);
        assert_eq!(said(&suite, "app"), json!(value).to_string());
    }
    let large = "x".repeat(64 * 1024);
    set(&suite, "app", "TOKEN", &format!("{large}\n"));
    assert_eq!(said(&suite, "app"), json!(large).to_string());
}

#[test]
fn a_secret_and_all_that_a_manifest_may_have_go_to_a_worker_together() {
    let suite = Suite::start();
    let text = "y".repeat(30_000);
    let value = "\n".repeat(45_000);
    set(&suite, "app", "TOKEN", &format!("{value}\n"));
    let body = "return new Response(`${env.TOKEN.length} ${env.A.length}`)";
    suite.deploy_handler("app", &format!("[env]\nA = \"{text}\""), body);
    assert_eq!(said(&suite, "app"), "45000 30000");
}

#[test]
fn what_can_be_no_secret_is_refused_and_changes_nothing() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", SAYS);
    set(&suite, "app", "TOKEN", VALUE);
    for (value, why) in
        [(&b"\n"[..], "is empty"), (&[b'x'; 65_537], "at most 65536"), (b"\xff", "no UTF-8")]
    {
        let output = suite.bunbase_with(&["secret", "set", "app", "TOKEN"], value);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{output:?}");
    }
    for key in ["9X", "A-B", "", "Ä"] {
        let output = suite.bunbase_with(&["secret", "set", "app", key], VALUE.as_bytes());
        let said = refused(&output);
        assert!(said.contains("use letters, digits and _") && !said.contains(VALUE), "{said}");
    }
    let output = suite.bunbase_with(&["secret", "set", "app", "MORE"], &[b'x'; 65_000]);
    assert!(output.status.success(), "{output:?}");
    let output = suite.bunbase_with(&["secret", "set", "app", "EVEN"], &[b'x'; 65_000]);
    assert!(refused(&output).contains("at most 98304 fit"), "{output:?}");
    assert_eq!(said(&suite, "app"), VALUE);
}

#[test]
fn secrets_survive_deploys_a_rollback_removal_and_a_killed_ipcd() {
    let suite = Suite::start();
    suite.deploy_handler("app", "", SAYS);
    suite.deploy_handler("app", REQUIRES_NOTHING, "return new Response(`new ${env.TOKEN}`)");
    set(&suite, "app", "TOKEN", VALUE);
    suite.kill_and_await_restart("ipcd");
    wait::until_true("ipcd", || suite.bunbase(&["status"]).status.success());
    assert_eq!(said(&suite, "app"), format!("new {VALUE}"));
    ok(&suite.bunbase(&["rollback", "app"]));
    assert_eq!(said(&suite, "app"), VALUE);
    ok(&suite.bunbase(&["env", "set", "app", "OTHER=1"]));
    assert_eq!(said(&suite, "app"), VALUE);
    ok(&suite.bunbase(&["rm", "app"]));
    suite.deploy_handler("app", "", "return new Response(`again ${env.TOKEN}`)");
    assert_eq!(said(&suite, "app"), format!("again {VALUE}"));
}

const REQUIRES_NOTHING: &str = "[secrets]\nrequired = []";

#[test]
fn what_changes_nothing_does_nothing_and_secrets_are_of_one_function() {
    let suite = Suite::start();
    assert!(set(&suite, "app", "TOKEN", VALUE).contains("with its next deploy"));
    for name in ["app", "other"] {
        suite.deploy_handler(name, "", SAYS);
    }
    assert_eq!((said(&suite, "app"), said(&suite, "other")), (VALUE.into(), "undefined".into()));
    let shown = ok(&suite.bunbase(&["show", "app"]));
    assert!(set(&suite, "app", "TOKEN", VALUE).contains("nothing to change"));
    let output = suite.bunbase(&["secret", "rm", "app", "NONE"]);
    assert!(ok(&output).contains("nothing to change"));
    assert_eq!(ok(&suite.bunbase(&["show", "app"])), shown);
}

#[test]
fn a_list_has_names_and_times_and_what_is_missing_and_no_value() {
    let suite = Suite::start();
    assert_eq!(suite.bunbase(&["secret", "ls", "app"]).status.code(), Some(3));
    set(&suite, "app", "TOKEN", VALUE);
    set(&suite, "app", "OTHER", VALUE);
    suite.deploy_handler("app", REQUIRES, SAYS);
    let all = listed(&suite, "app");
    assert_eq!((&all[0]["name"], &all[0]["required"]), (&json!("OTHER"), &json!(false)));
    assert_eq!((&all[1]["name"], &all[1]["required"]), (&json!("TOKEN"), &json!(true)));
    assert!(all[1]["set_at"].as_str().unwrap().ends_with('Z'), "{all}");
    ok(&suite.bunbase(&["rm", "app"]));
    ok(&suite.bunbase(&["secret", "rm", "app", "TOKEN", "OTHER"]));
    assert_eq!(listed(&suite, "app"), json!([{ "name": "TOKEN", "required": true }]));
    assert_eq!(ok(&suite.bunbase(&["secret", "ls", "app"])), "TOKEN  missing  (required)\n");
}

#[test]
fn a_deploy_is_refused_while_a_required_secret_is_missing_and_says_how_to_set_it() {
    let suite = Suite::start();
    let project = Project::handler("app", SAYS).toml(REQUIRES);
    let deploy = || suite.bunbase(&["deploy", project.path().to_str().unwrap()]);
    let why = refused(&deploy());
    assert!(why.contains("\n  bunbase secret set app TOKEN"), "{why}");
    assert_eq!(suite.get("/functions/app").status, 404);
    assert_eq!(suite.bunbase(&["versions", "app"]).status.code(), Some(3));
    set(&suite, "app", "TOKEN", VALUE);
    ok(&deploy());
    assert_eq!(said(&suite, "app"), VALUE);
}

#[test]
fn a_required_secret_is_not_removed_and_no_version_is_rolled_back_to_without_it() {
    let suite = Suite::start();
    set(&suite, "app", "TOKEN", VALUE);
    suite.deploy_handler("app", REQUIRES, SAYS);
    let why = refused(&suite.bunbase(&["secret", "rm", "app", "TOKEN"]));
    assert!(why.contains("app requires TOKEN, so nothing was removed"), "{why}");
    assert_eq!(said(&suite, "app"), VALUE);
    suite.deploy_handler("app", "", "return new Response(`new ${env.TOKEN}`)");
    ok(&suite.bunbase(&["secret", "rm", "app", "TOKEN"]));
    let why = refused(&suite.bunbase(&["rollback", "app"]));
    assert!(why.contains("bunbase secret set app TOKEN"), "{why}");
    assert_eq!(said(&suite, "app"), "new undefined");
    set(&suite, "app", "TOKEN", VALUE);
    ok(&suite.bunbase(&["rollback", "app"]));
    assert_eq!(said(&suite, "app"), VALUE);
}

#[test]
fn a_function_that_does_not_load_with_a_change_keeps_what_it_had_and_its_error_has_no_value() {
    let suite = Suite::start();
    let code = "import process from 'node:process';\n\
        if (process.env.TOKEN !== 'good') throw new Error(`at load: ${process.env.TOKEN}`);\n\
        export default { fetch(request, env) { return new Response(env.TOKEN) } }";
    set(&suite, "app", "TOKEN", "good");
    suite.deploy(&Project::new("app", code));
    let output = suite.bunbase_with(&["secret", "set", "app", "TOKEN"], VALUE.as_bytes());
    let why = refused(&output);
    assert!(why.contains("at load: [secret TOKEN]") && !why.contains(VALUE), "{why}");
    assert_eq!(said(&suite, "app"), "good");
    assert!(!suite.log().contains(VALUE));
}

#[test]
fn in_log_lines_and_errors_the_name_stands_for_the_value() {
    let suite = Suite::start();
    let body = "console.log('said', env.TOKEN, [env.TOKEN], { token: env.TOKEN });\n\
        console.error(new Error(env.TOKEN));\n\
        Promise.reject(new Error(`nobody waits for ${env.TOKEN}`));\n\
        console.log('x'.repeat(8192 - 5) + env.TOKEN);\n\
        console.log(env.PLAIN);\n\
        throw new TypeError(`thrown ${env.TOKEN}`)";
    suite.deploy_handler("app", "[env]\nPLAIN = \"a variable is shown\"", body);
    set(&suite, "app", "TOKEN", VALUE);
    assert_eq!(suite.get("/functions/app").status, 500);
    wait::until_true("its last line", || suite.log().contains("thrown [secret TOKEN]"));
    let log = suite.log();
    let line = "said [secret TOKEN] [ '[secret TOKEN]' ] { token: '[secret TOKEN]' }";
    for part in [line, "nobody waits for [secret TOKEN]", "a variable is shown"] {
        assert!(log.contains(part), "{part} is missing in:\n{log}");
    }
    // Not even its beginning, where a long line is cut.
    assert!(!log.contains(&VALUE[..4]), "{log}");
}

#[test]
fn another_key_or_none_at_the_start_is_refused_with_what_to_do_and_loses_nothing() {
    let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    let suite = Suite::from_command(folder.path(), up(folder.path()));
    suite.deploy_handler("app", "", SAYS);
    set(&suite, "app", "TOKEN", VALUE);
    drop(suite);
    let (key, away) = (folder.path().join("secrets.key"), folder.path().join("away"));
    std::fs::rename(&key, &away).unwrap();
    let why = does_not_start(up(folder.path()));
    assert!(why.contains("it is gone") && why.contains("put it back"), "{why}");
    assert!(!key.exists());
    std::fs::write(&key, [1; 32]).unwrap();
    let why = does_not_start(up(folder.path()));
    assert!(why.contains("mode 0644") && why.contains("chmod 600"), "{why}");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let why = does_not_start(up(folder.path()));
    assert!(why.contains("give ipcd the first one again"), "{why}");
    std::fs::rename(&away, &key).unwrap();
    let suite = Suite::from_command(folder.path(), up(folder.path()));
    assert_eq!(said(&suite, "app"), VALUE);
}

#[test]
fn the_key_may_be_a_credential_of_the_service_manager() {
    let folder = tempfile::Builder::new().prefix("bb").tempdir().unwrap();
    let credentials = tempfile::tempdir().unwrap();
    std::fs::write(credentials.path().join("secrets-key"), [7; 32]).unwrap();
    let with_key = || {
        let mut command = up(folder.path());
        command.env("CREDENTIALS_DIRECTORY", credentials.path());
        command
    };
    let suite = Suite::from_command(folder.path(), with_key());
    suite.deploy_handler("app", "", SAYS);
    set(&suite, "app", "TOKEN", VALUE);
    drop(suite);
    assert!(!folder.path().join("secrets.key").exists());
    let why = does_not_start(up(folder.path()));
    assert!(why.contains("it is gone"), "{why}");
    let suite = Suite::from_command(folder.path(), with_key());
    assert_eq!(said(&suite, "app"), VALUE);
}
