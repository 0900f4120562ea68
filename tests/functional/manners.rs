//! How the command behaves: on a terminal, in a pipe, told to be quiet or not.

use std::process::Command;

use bunbase_tests::output::err;
use bunbase_tests::{Project, Suite, binary, terminal};

fn with_hello() -> Suite {
    let suite = Suite::start();
    suite.deploy_handler("hello", "", "return new Response('hi')");
    suite
}

fn on_a_terminal(suite: &Suite, args: &[&str], typed: &str) -> (Option<i32>, String) {
    let mut command = Command::new(binary("bunbase"));
    command.arg("--socket").arg(suite.socket()).args(args);
    let (status, shown) = terminal::run(command, typed);
    (status.code(), shown)
}

#[test]
fn rm_asks_on_a_terminal_and_takes_only_yes_for_yes() {
    let suite = with_hello();
    let (status, shown) = on_a_terminal(&suite, &["rm", "hello"], "\n");
    assert_eq!(status, Some(1), "{shown}");
    assert!(shown.contains("Take hello out of service? [y/N]"), "{shown}");
    assert_eq!(suite.get("/functions/hello").text(), "hi");
    let (status, shown) = on_a_terminal(&suite, &["rm", "hello"], "y\n");
    assert_eq!(status, Some(0), "{shown}");
    assert_eq!(suite.get("/functions/hello").status, 404);
}

#[test]
fn rm_does_not_ask_in_a_pipe_or_after_y() {
    let suite = with_hello();
    assert!(suite.bunbase(&["rm", "hello"]).status.success());
    suite.deploy_handler("hello", "", "return new Response('hi')");
    let (status, shown) = on_a_terminal(&suite, &["-y", "rm", "hello"], "");
    assert_eq!(status, Some(0));
    assert!(!shown.contains("[y/N]"), "{shown}");
}

#[test]
fn verbose_says_which_socket_how_long_and_which_request_on_standard_error() {
    let suite = with_hello();
    let output = suite.bunbase(&["-v", "invoke", "hello"]);
    let said = err(&output);
    assert_eq!(output.stdout, b"hi");
    for part in ["connected to ", "/ipc.sock in ", "request ", "took "] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    assert_eq!(err(&suite.bunbase(&["invoke", "hello"])), "");
}

#[test]
fn colours_are_for_terminals_and_can_be_had_without() {
    let suite = with_hello();
    let coloured = |args: &[&str]| on_a_terminal(&suite, args, "").1.contains("\u{1b}[");
    assert!(coloured(&["show", "nope"]) && coloured(&["--help"]) && coloured(&["nope"]));
    assert!(!coloured(&["--no-color", "show", "nope"]));
    assert!(!coloured(&["--no-color", "--help"]) && !coloured(&["--no-color", "nope"]));
    assert!(!err(&suite.bunbase(&["show", "nope"])).contains('\u{1b}'));
}

#[test]
fn no_color_in_the_environment_is_honoured() {
    let suite = with_hello();
    let shell = "NO_COLOR=1 exec \"$0\" --socket \"$1\" show nope";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", shell]).arg(binary("bunbase")).arg(suite.socket());
    let (_, shown) = terminal::run(command, "");
    assert!(shown.contains("no function nope") && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn a_deploy_shows_what_it_is_at_on_a_terminal_and_nothing_in_a_pipe() {
    let suite = Suite::start();
    let project = Project::handler("app", "return new Response('1')");
    let path = project.path().to_str().unwrap();
    let (status, shown) = on_a_terminal(&suite, &["deploy", path], "");
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.contains("bundling") && shown.contains("waiting until"), "{shown:?}");
    assert!(shown.contains("app ") && shown.contains("is in service"), "{shown:?}");
    assert_eq!(err(&suite.bunbase(&["deploy", path])), "");
}

#[test]
fn a_name_that_is_not_there_is_answered_with_the_nearest_ones() {
    let suite = with_hello();
    for args in [&["show", "helo"][..], &["invoke", "helo/path"], &["rm", "hell"]] {
        let output = suite.bunbase(args);
        assert_eq!(output.status.code(), Some(3));
        assert!(err(&output).contains("did you mean hello?"), "{args:?}: {}", err(&output));
    }
    assert!(!err(&suite.bunbase(&["show", "entirely-else"])).contains("did you mean"));
}

#[test]
fn help_groups_the_verbs_and_shows_examples() {
    let help = |args: &[&str]| {
        let output = Command::new(binary("bunbase")).args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all = help(&["--help"]);
    for part in
        ["Write and try a function:\n", "\n  deploy ", "Run the suite:\n", "--host", "Exit status"]
    {
        assert!(all.contains(part), "{part:?} is missing in {all}");
    }
    assert!(!all.contains("bridge"), "that is for us");
    assert!(help(&["help", "deploy"]).contains("Examples:\n  bunbase deploy greet\n"));
}
