//! Variables set on the server: in force at the acknowledgement, kept over deploys and crashes, of one function each.

use bunbase_tests::output::{ok, refused};
use bunbase_tests::{Project, Suite, wait};

const SAYS: &str = "return new Response(`${env.A} ${env.B}`)";

fn toml() -> &'static str {
    "[env]\nA = \"toml\""
}

fn said(suite: &Suite, name: &str) -> String {
    let answer = suite.get(&format!("/functions/{name}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.text().to_owned()
}

#[test]
fn a_variable_is_in_force_when_it_is_acknowledged_and_goes_before_function_toml() {
    let suite = Suite::start();
    suite.deploy_handler("app", toml(), SAYS);
    assert_eq!(said(&suite, "app"), "toml undefined");
    for n in 0..10 {
        let (a, b) = (format!("A=a {n}=x"), format!("B={n}"));
        assert!(ok(&suite.bunbase(&["env", "set", "app", &a, &b])).contains("in force now"));
        assert_eq!(said(&suite, "app"), format!("a {n}=x {n}"));
    }
    ok(&suite.bunbase(&["env", "rm", "app", "A"]));
    assert_eq!(said(&suite, "app"), "toml 9");
}

#[test]
fn requests_under_way_while_variables_change_are_all_answered() {
    let suite = Suite::start();
    suite.deploy_handler("app", toml(), SAYS);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| (0..200).for_each(|_| drop(said(&suite, "app"))));
        for n in 0..5 {
            ok(&suite.bunbase(&["env", "set", "app", &format!("A={n}")]));
            assert_eq!(said(&suite, "app"), format!("{n} undefined"));
        }
        asking.join().unwrap();
    });
}

#[test]
fn variables_survive_deploys_removal_and_a_killed_ipcd() {
    let suite = Suite::start();
    suite.deploy_handler("app", toml(), SAYS);
    ok(&suite.bunbase(&["env", "set", "app", "A=server"]));
    suite.kill_and_await_restart("ipcd");
    wait::until_true("ipcd", || suite.bunbase(&["status"]).status.success());
    assert!(ok(&suite.bunbase(&["env", "ls", "app"])).contains("server"));
    assert_eq!(said(&suite, "app"), "server undefined");
    suite.deploy_handler("app", toml(), "return new Response(`new ${env.A}`)");
    assert_eq!(said(&suite, "app"), "new server");
    ok(&suite.bunbase(&["rm", "app"]));
    suite.deploy_handler("app", toml(), SAYS);
    assert_eq!(said(&suite, "app"), "server undefined");
}

#[test]
fn variables_are_of_one_function_and_can_come_before_its_first_deploy() {
    let suite = Suite::start();
    assert_eq!(suite.bunbase(&["env", "ls", "app"]).status.code(), Some(3));
    let output = suite.bunbase(&["env", "set", "app", "A=early"]);
    assert!(ok(&output).contains("with its next deploy"), "{output:?}");
    for name in ["app", "other"] {
        suite.deploy_handler(name, toml(), SAYS);
    }
    assert_eq!(said(&suite, "app"), "early undefined");
    assert_eq!(said(&suite, "other"), "toml undefined");
}

#[test]
fn what_is_listed_says_where_it_comes_from_and_what_is_overridden() {
    let suite = Suite::start();
    suite.deploy_handler("app", "[env]\nA = \"toml\"\nC = \"c\"", SAYS);
    ok(&suite.bunbase(&["env", "set", "app", "A=server", "B=two\nlines"]));
    let text = ok(&suite.bunbase(&["env", "ls", "app"]));
    let lines = [
        "A  server  (server)",
        "A  toml  (manifest, overridden)",
        "B  \"two\\nlines\"  (server)",
        "C  c  (manifest)",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    let json = suite.json(&["env", "ls", "app"]);
    assert_eq!(json["variables"][2]["value"], "two\nlines");
    assert_eq!(json["variables"][1]["overridden"], true);
}

/// The very same worker goes on.
#[test]
fn what_changes_nothing_does_nothing_and_the_same_content_is_unchanged_with_variables_set() {
    let suite = Suite::start();
    let project = Project::handler("app", SAYS).toml(toml());
    suite.deploy(&project);
    ok(&suite.bunbase(&["env", "set", "app", "A=1"]));
    assert_eq!(said(&suite, "app"), "1 undefined");
    let shown = ok(&suite.bunbase(&["show", "app"]));
    for args in [&["env", "set", "app", "A=1"][..], &["env", "rm", "app", "Z"]] {
        assert!(ok(&suite.bunbase(args)).contains("nothing to change"));
    }
    let again = ok(&suite.bunbase(&["deploy", project.path().to_str().unwrap()]));
    assert!(again.contains("nothing has changed"), "{again}");
    assert_eq!(ok(&suite.bunbase(&["show", "app"])), shown);
}

#[test]
fn bad_names_and_too_much_are_refused_and_nothing_changes() {
    let suite = Suite::start();
    suite.deploy_handler("app", toml(), SAYS);
    ok(&suite.bunbase(&["env", "set", "app", "A=1"]));
    for variable in ["9X=1", "A-B=1", "=1", "Ä=1"] {
        let output = suite.bunbase(&["env", "set", "app", "B=1", variable]);
        assert!(refused(&output).contains("use letters, digits and _"));
    }
    let long = format!("B={}", "x".repeat(40_000));
    assert!(refused(&suite.bunbase(&["env", "set", "app", &long])).contains("at most 32768"));
    assert_eq!(suite.bunbase(&["env", "set", "app", "B"]).status.code(), Some(2));
    assert_eq!(said(&suite, "app"), "1 undefined");
}

#[test]
fn a_manifest_that_does_not_fit_beside_the_servers_variables_is_refused_with_what_to_do() {
    let suite = Suite::start();
    let half = "x".repeat(17_000);
    ok(&suite.bunbase(&["env", "set", "app", &format!("A={half}")]));
    let project = Project::handler("app", SAYS).toml(&format!("[env]\nB = \"{half}\""));
    let output = suite.bunbase(&["deploy", project.path().to_str().unwrap()]);
    assert!(refused(&output).contains("bunbase env ls"), "{output:?}");
    ok(&suite.bunbase(&["env", "rm", "app", "A"]));
    suite.deploy(&project);
}

#[test]
fn a_function_that_does_not_load_with_a_change_keeps_what_it_had() {
    let suite = Suite::start();
    let code = "import process from 'node:process';\n\
        if (process.env.A === 'bad') throw new Error('at load');\n\
        export default { fetch() { return new Response(process.env.A) } }";
    suite.deploy(&Project::new("app", code).toml(toml()));
    ok(&suite.bunbase(&["env", "set", "app", "A=good"]));
    let why = refused(&suite.bunbase(&["env", "set", "app", "A=bad"]));
    assert!(why.contains("at load") && why.contains("nothing was changed"), "{why}");
    assert_eq!(said(&suite, "app"), "good");
    assert!(ok(&suite.bunbase(&["env", "ls", "app"])).contains("A  good  (server)"));
}
