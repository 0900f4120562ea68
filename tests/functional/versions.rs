//! Versions: what was deployed last is what answers.

use bunbase_tests::{Project, Suite};

fn version(text: &str) -> Project {
    Project::handler("app", &format!("return new Response('{text}')"))
}

#[test]
fn after_a_deploy_is_acknowledged_no_request_sees_the_old_version() {
    let suite = Suite::start();
    for n in 0..30 {
        let text = format!("v{n}");
        suite.deploy(&version(&text));
        assert_eq!(suite.get("/functions/app").text(), text);
        assert_eq!(suite.get("/functions/app").text(), text);
    }
}

#[test]
fn a_deploy_under_load_loses_no_request() {
    let suite = Suite::start();
    suite.deploy(&version("v0"));
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut answered = 0;
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        let answer = suite.get("/functions/app");
                        assert_eq!(answer.status, 200, "{}", suite.log());
                        answered += 1;
                    }
                    answered
                })
            })
            .collect();
        for n in 1..=10 {
            suite.deploy(&version(&format!("v{n}")));
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        let answered: u32 = clients.into_iter().map(|client| client.join().unwrap()).sum();
        assert!(answered > 20, "only {answered} requests");
    });
}

#[test]
fn the_same_content_again_is_a_no_op_that_says_so() {
    let suite = Suite::start();
    let project = version("same");
    let folder = project.path().to_str().unwrap();
    let said = |output: std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said(suite.bunbase(&["deploy", folder])).contains("is in service:"));
    assert!(said(suite.bunbase(&["deploy", folder])).contains("nothing has changed"));
    suite.deploy(&version("other"));
    assert!(said(suite.bunbase(&["deploy", folder])).contains("has taken over"));
    assert_eq!(suite.get("/functions/app").text(), "same");
}

#[test]
fn a_removed_function_is_404_at_once_and_can_come_back() {
    let suite = Suite::start();
    suite.deploy(&version("here"));
    assert_eq!(suite.get("/functions/app").text(), "here");
    assert!(suite.bunbase(&["rm", "app"]).status.success());
    assert_eq!(suite.get("/functions/app").status, 404);
    suite.deploy(&version("here"));
    assert_eq!(suite.get("/functions/app").text(), "here");
}

#[test]
fn everything_is_there_again_after_a_restart() {
    let mut suite = Suite::start();
    suite.deploy(&version("kept"));
    suite.stop();
    let kept = tempfile::tempdir().unwrap();
    copy(suite.folder(), kept.path());
    let mut up = std::process::Command::new(bunbase_tests::binary("bunbase"));
    up.args(["up", "--http", "127.0.0.1:0", "--state"]).arg(kept.path());
    let again = Suite::from_command(kept.path(), up);
    assert_eq!(again.get("/functions/app").text(), "kept");
}

/// The durable part of a state directory.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    let status = std::process::Command::new("cp")
        .args(["-r", "--"])
        .args([from.join("registry.db"), from.join("bundles"), to.to_owned()])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn all_versions_of_a_function_are_listed_also_when_it_was_removed() {
    let suite = Suite::start();
    let unknown = suite.bunbase(&["versions", "app"]);
    assert_eq!(unknown.status.code(), Some(3));
    for body in ["return new Response('1')", "return new Response('2')"] {
        let project = Project::handler("app", body);
        let path = project.path().to_str().unwrap();
        assert!(suite.bunbase(&["deploy", path, "-m", body]).status.success());
    }
    let versions = || -> Vec<(bool, String)> {
        let answer = suite.json(&["versions", "app"]);
        let all = answer["versions"].as_array().unwrap().clone();
        all.iter().map(|v| (v["in_service"] == true, v["message"].to_string())).collect()
    };
    let [new, old] = ["2", "1"].map(|n| format!("\"return new Response('{n}')\""));
    assert_eq!(versions(), [(true, new.clone()), (false, old.clone())]);
    suite.deploy(&Project::handler("app", "return new Response('1')"));
    assert_eq!(
        versions(),
        [(false, new.clone()), (true, "null".to_owned())],
        "deployed again, with no word"
    );
    assert!(suite.bunbase(&["rm", "app"]).status.success());
    assert_eq!(versions(), [(false, new), (false, "null".to_owned())]);
}

#[test]
fn a_rollback_is_in_force_when_it_is_acknowledged() {
    let suite = Suite::start();
    ["1", "2", "3"].iter().for_each(|n| suite.deploy(&version(n)));
    let rollback = |more: &[&str]| suite.bunbase(&[&["rollback", "app"], more].concat());
    let answer = || suite.get("/functions/app").text().to_owned();
    assert!(rollback(&[]).status.success());
    assert_eq!(answer(), "2");
    assert!(rollback(&[]).status.success());
    assert_eq!(answer(), "3", "back to what was in service before");
    let listed = suite.json(&["versions", "app"]);
    let first = listed["versions"][2]["version"].as_str().unwrap();
    assert!(rollback(&[&first[..8]]).status.success());
    assert_eq!(answer(), "1");
    let again = rollback(&[first]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("nothing has changed"));
    assert!(suite.bunbase(&["rm", "app"]).status.success());
    assert_eq!(rollback(&[]).status.code(), Some(3), "none is in service");
    assert!(rollback(&[first]).status.success());
    assert_eq!(answer(), "1");
}

#[test]
fn a_rollback_to_what_is_not_there_or_not_one_changes_nothing() {
    let suite = Suite::start();
    suite.deploy(&version("1"));
    for (digits, status) in [(&["0000"][..], 3), (&["12"], 1), (&[], 3)] {
        let refused = suite.bunbase(&[&["rollback", "app"], digits].concat());
        assert_eq!(refused.status.code(), Some(status), "{refused:?}");
    }
    assert_eq!(suite.bunbase(&["rollback", "nobody"]).status.code(), Some(3));
    assert_eq!(suite.get("/functions/app").text(), "1");
}

#[test]
fn variables_set_on_the_server_stay_at_a_rollback() {
    let suite = Suite::start();
    let says = |n: &str| Project::handler("app", &format!("return new Response('{n} ' + env.A)"));
    suite.deploy(&says("1"));
    assert!(suite.bunbase(&["env", "set", "app", "A=b"]).status.success());
    suite.deploy(&says("2"));
    assert_eq!(suite.get("/functions/app").text(), "2 b");
    assert!(suite.bunbase(&["rollback", "app"]).status.success());
    assert_eq!(suite.get("/functions/app").text(), "1 b");
}

#[test]
fn a_message_that_is_too_long_is_refused_and_nothing_changes() {
    let suite = Suite::start();
    suite.deploy(&version("1"));
    suite.deploy(&version("2"));
    let long = "m".repeat(4097);
    let next = version("3");
    let path = next.path().to_str().unwrap();
    for args in [&["deploy", path, "-m", &long][..], &["rollback", "app", "-m", &long]] {
        let refused = suite.bunbase(args);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("4097 bytes, at most 4096"), "{said}");
        assert_eq!(suite.get("/functions/app").text(), "2");
    }
    assert!(suite.bunbase(&["rollback", "app", "-m", &long[1..]]).status.success());
}

#[test]
fn a_rollback_to_a_version_whose_granted_path_is_gone_is_refused_and_nothing_changes() {
    let suite = Suite::start();
    let granted = tempfile::tempdir().unwrap();
    let toml = format!("profile = \"custom\"\n[permissions]\nread = [{:?}]", granted.path());
    suite.deploy(&version("reads").toml(&toml));
    suite.deploy(&version("plain"));
    drop(granted);
    let refused = suite.bunbase(&["rollback", "app"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("permissions.read"), "{refused:?}");
    assert_eq!(suite.get("/functions/app").text(), "plain");
}
