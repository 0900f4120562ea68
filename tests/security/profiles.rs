//! What a function is granted is what its worker sees, and nothing is granted that could be meant differently.

use std::fs;
use std::path::Path;

use bunbase_tests::{Project, Suite, wait};
use nix::unistd::Pid;

fn function(name: &str, toml: &str) -> Project {
    Project::handler(name, "return new Response('ok')").toml(toml)
}

/// The only worker of a suite in which this is deployed.
fn worker(suite: &Suite, project: &Project, name: &str) -> Pid {
    suite.deploy(project);
    assert_eq!(suite.get(&format!("/functions/{name}")).text(), "ok");
    suite.workers()[0]
}

fn shares_network(suite: &Suite, worker: Pid) -> bool {
    let of = |pid: Pid| fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
    of(worker) == of(suite.pid("schedulerd").unwrap())
}

/// All files and folders that a worker sees, but for what is below `stop`.
fn seen(worker: Pid, stop: &Path) -> Vec<String> {
    let root = format!("/proc/{worker}/root");
    let mut found = Vec::new();
    let mut left = vec![std::path::PathBuf::from(&root)];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let own = Path::new("/").join(path.strip_prefix(&root).unwrap());
            found.push(own.display().to_string());
            if path.is_dir() && own != stop {
                left.push(path);
            }
        }
    }
    found.sort();
    found
}

fn refused(suite: &Suite, toml: &str) -> String {
    let project = function("greedy", toml);
    let output = suite.bunbase(&["deploy", project.path().to_str().unwrap()]);
    assert_ne!(output.status.code(), Some(0), "{toml} was accepted");
    assert_eq!(suite.get("/functions/greedy").status, 404);
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn strict_is_the_default_and_has_no_network_and_no_file() {
    let suite = Suite::start();
    let worker = worker(&suite, &function("plain", ""), "plain");
    assert!(!shares_network(&suite, worker));
    assert_eq!(seen(worker, Path::new("/")), [""; 0]);
}

#[test]
fn custom_sees_the_granted_path_and_the_way_to_it_and_no_network() {
    let suite = Suite::start();
    let folder = tempfile::Builder::new().prefix("granted").tempdir_in("/var/tmp").unwrap();
    let granted = folder.path().canonicalize().unwrap();
    fs::write(granted.with_file_name("sibling-of-granted"), "not for you").unwrap();
    let toml = format!("profile = \"custom\"\n[permissions]\nread = [{:?}]", granted);
    let worker = worker(&suite, &function("reader", &toml), "reader");
    let own = granted.display().to_string();
    assert_eq!(seen(worker, &granted), ["/var", "/var/tmp", own.as_str()]);
    assert!(!shares_network(&suite, worker));
    fs::remove_file(granted.with_file_name("sibling-of-granted")).unwrap();
}

/// All or nothing, until there is a list of hosts that is enforced.
#[test]
fn custom_with_a_host_has_the_network_and_no_file() {
    let suite = Suite::start();
    let toml = "profile = \"custom\"\n[permissions]\nnet = [\"api.example.com:443\"]";
    let worker = worker(&suite, &function("caller", toml), "caller");
    assert!(shares_network(&suite, worker));
    assert_eq!(seen(worker, Path::new("/")), [""; 0]);
}

#[test]
fn permissive_sees_network_and_files() {
    let suite = Suite::start();
    let worker = worker(&suite, &function("free", "profile = \"permissive\""), "free");
    assert!(shares_network(&suite, worker));
    assert!(fs::exists(format!("/proc/{worker}/root/usr/bin")).unwrap());
}

#[test]
fn a_path_that_could_mean_something_else_is_refused_at_deploy_with_the_reason() {
    let suite = Suite::start();
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    std::os::unix::fs::symlink("/etc", real.join("link")).unwrap();
    let link = real.join("link").display().to_string();
    for (path, reason) in [
        ("./assets", "is no absolute path"),
        ("assets", "is no absolute path"),
        ("/srv/../etc", "is no absolute path"),
        ("/", "grants every file"),
        ("/nowhere/at/all", "there is no such file or folder on the server"),
        (link.as_str(), "leads to /etc by a symbolic link; grant that instead"),
        (&format!("{link}/passwd"), "leads to /etc/passwd by a symbolic link"),
    ] {
        for key in ["read", "write"] {
            let toml = format!("profile = \"custom\"\n[permissions]\n{key} = [{path:?}]");
            let said = refused(&suite, &toml);
            assert!(
                said.contains(reason) && said.contains(&format!("permissions.{key}")),
                "{path}: {said}"
            );
        }
    }
}

#[test]
fn grants_without_the_custom_profile_are_refused() {
    let suite = Suite::start();
    for profile in ["strict", "permissive"] {
        let said = refused(
            &suite,
            &format!("profile = \"{profile}\"\n[permissions]\nnet = [\"a.example\"]"),
        );
        assert!(said.contains("they count only with profile = \"custom\""), "{said}");
    }
}

/// Somebody who may write beside a granted path turns it into a link after the deploy.
#[test]
fn a_granted_path_that_becomes_a_link_after_the_deploy_leads_nowhere() {
    let suite = Suite::start();
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let granted = folder.path().canonicalize().unwrap().join("granted");
    fs::create_dir(&granted).unwrap();
    let toml = format!("profile = \"custom\"\n[permissions]\nread = [{granted:?}]");
    suite.deploy(&function("reader", &toml));
    suite.kill_and_await_restart("schedulerd");
    wait::until_true("the end of the worker that has seen it", || suite.workers().is_empty());
    fs::remove_dir(&granted).unwrap();
    std::os::unix::fs::symlink("/etc", &granted).unwrap();
    assert_eq!(suite.get("/functions/reader").status, 503);
    assert!(suite.workers().is_empty());
    fs::remove_file(&granted).unwrap();
    fs::create_dir(&granted).unwrap();
    wait::until_true("a worker", || suite.get("/functions/reader").text() == "ok");
}

/// What is mounted below a granted path is a part of it.
#[test]
fn a_granted_path_with_a_mount_below_it_is_seen() {
    let suite = Suite::start();
    let toml = "profile = \"custom\"\n[permissions]\nread = [\"/sys/kernel\", \"/dev\"]";
    let worker = worker(&suite, &function("looker", toml), "looker");
    assert!(fs::exists(format!("/proc/{worker}/root/sys/kernel")).unwrap());
    let shown = fs::read_to_string(format!("/proc/{worker}/mountinfo")).unwrap();
    let below = |line: &&str| line.split(' ').nth(4).is_some_and(|at| at.starts_with("/dev"));
    let options: Vec<&str> =
        shown.lines().filter(below).map(|line| line.split(' ').nth(5).unwrap()).collect();
    assert!(
        !options.is_empty()
            && options.iter().all(|with| with.starts_with("ro,nosuid,nodev,noexec")),
        "{shown}"
    );
}
