//! Several at once change one function: one wins, the others hear so at once.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use bunbase_tests::{Project, Suite, binary};

/// It takes two seconds to be seen to load.
fn slow(name: &str, says: &str) -> Project {
    let code = format!(
        "const end = Date.now() + 2000; let n = 0; while (Date.now() < end) n++; globalThis.n = n;\n\
         export default {{ fetch() {{ return new Response('{says}') }} }};\n"
    );
    Project::new(name, &code).toml("[limits]\ncpu_time = \"5s\"")
}

fn deploying(suite: &Suite, project: &Project) -> Child {
    let mut command = Command::new(binary("bunbase"));
    command.arg("--socket").arg(suite.socket()).arg("deploy").arg(project.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn assert_conflict(output: &Output) {
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("another deploy") && said.contains("nothing was changed"), "{said}");
}

/// A deploy that is under way for some time still.
fn begun(suite: &Suite, project: &Project) -> Child {
    let child = deploying(suite, project);
    let name = project.path().file_name().unwrap().to_str().unwrap();
    let stored = || suite.bunbase(&["versions", name]).status.success();
    bunbase_tests::wait::until_true("the deploy to be under way", stored);
    child
}

#[test]
fn of_two_deploys_of_one_function_one_wins_and_the_other_is_a_conflict() {
    let suite = Suite::start();
    let projects = [slow("app", "one"), slow("app", "other")];
    let children = projects.each_ref().map(|project| deploying(&suite, project));
    let outputs = children.map(|child| child.wait_with_output().unwrap());
    let mut statuses = outputs.each_ref().map(|output| output.status.code().unwrap());
    let winner = ["one", "other"][statuses.iter().position(|status| *status == 0).unwrap()];
    statuses.sort_unstable();
    assert_eq!(statuses, [0, 7], "{outputs:?}");
    assert_conflict(outputs.iter().find(|output| !output.status.success()).unwrap());
    assert_eq!(suite.get("/functions/app").text(), winner);
}

#[test]
fn while_a_deploy_is_under_way_rollback_and_removal_are_conflicts_at_once_and_others_are_not() {
    let suite = Suite::start();
    let child = begun(&suite, &slow("app", "slow"));
    let begun = Instant::now();
    for args in [&["rollback", "app"][..], &["rm", "app"]] {
        assert_conflict(&suite.bunbase(args));
    }
    suite.deploy_handler("other", "", "return new Response('other')");
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(suite.get("/functions/app").text(), "slow");
    assert!(suite.bunbase(&["rm", "app"]).status.success());
}

#[test]
fn a_change_of_variables_waits_for_the_deploy_that_is_under_way() {
    let suite = Suite::start();
    let child = begun(&suite, &slow("app", "slow"));
    let set = suite.bunbase(&["env", "set", "app", "A=1"]);
    assert!(set.status.success(), "{set:?}");
    assert!(String::from_utf8_lossy(&set.stdout).contains("in force now"), "{set:?}");
    assert!(child.wait_with_output().unwrap().status.success());
}
