//! `--json`: one object a line on standard output, with `result` or `error`, in a schema that has a number.

use std::process::{Command, Output, Stdio};

use bunbase_tests::{Project, Suite, binary};
use serde_json::{Value, json};

fn object(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.lines().count(), 1, "{said}");
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("no JSON: {said}"))
}

fn alone(args: &[&str]) -> Output {
    let mut command = Command::new(binary("bunbase"));
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn an_answer_is_a_result_and_a_failure_an_error_with_status_code_and_hint() {
    let suite = Suite::start();
    let listed = suite.bunbase(&["--json", "ls"]);
    assert_eq!(object(&listed), json!({ "schema": 1, "result": { "functions": [] } }));
    let unknown = suite.bunbase(&["show", "nope", "--json"]);
    let error = object(&unknown)["error"].clone();
    assert_eq!((unknown.status.code(), &error["status"]), (Some(3), &json!(3)));
    assert_eq!(error["code"], "not_found");
    assert!(error["message"].as_str().unwrap().contains("no function nope"), "{error}");
    assert!(!unknown.stderr.is_empty(), "people are told all the same");
}

#[test]
fn a_wrong_word_is_an_error_too() {
    for args in [&["--json", "lss"][..], &["show", "--json"], &["--json", "show", "No Name"]] {
        let output = alone(args);
        let error = object(&output)["error"].clone();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!((&error["status"], &error["code"]), (&json!(2), &json!("usage")), "{args:?}");
        assert!(!error["hint"].is_null(), "{error}");
    }
    let help = alone(&["--json", "--help"]);
    assert!(help.status.success() && help.stdout.starts_with(b"Deploy "), "help is for people");
}

#[test]
fn a_daemon_that_is_not_there_is_unreachable_with_what_to_do() {
    let output = alone(&["--json", "--socket", "/nonexistent/ipc.sock", "ls"]);
    let error = object(&output)["error"].clone();
    assert_eq!((&error["status"], &error["code"]), (&json!(5), &json!("unreachable")));
    assert!(error["hint"].as_str().unwrap().contains("bunbase up"), "{error}");
}

#[test]
fn an_invocation_is_one_object_with_its_body_as_text_or_base64() {
    let suite = Suite::start();
    suite.deploy(&Project::handler(
        "echo",
        "const { searchParams } = new URL(request.url);
         const bytes = searchParams.has('text') ? 'zwölf' : new Uint8Array([255, 0]);
         return new Response(bytes, { status: Number(searchParams.get('status') ?? 200) });",
    ));
    let text = suite.json(&["invoke", "echo?text"]);
    assert_eq!((&text["status"], &text["body"]), (&json!(200), &json!("zwölf")));
    assert!(text["headers"].is_array() && text["request_id"].is_string(), "{text}");
    assert_eq!(suite.json(&["invoke", "echo"])["body_base64"], "/wA=");
    let failed = suite.bunbase(&["--json", "invoke", "echo?text&status=503"]);
    let both = object(&failed);
    assert_eq!(failed.status.code(), Some(1));
    assert_eq!(both["result"]["body"], "zwölf");
    assert_eq!(both["error"]["code"], "failed");
}

#[test]
fn a_deploy_tells_what_it_did_and_ipcds_own_word_is_the_code() {
    let suite = Suite::start();
    let project = Project::handler("app", "return new Response('1')");
    let path = project.path().to_str().unwrap();
    let answer = suite.json(&["deploy", path]);
    assert_eq!((&answer["function"], &answer["outcome"]), (&json!("app"), &json!("created")));
    assert!(answer["bundle_bytes"].as_u64().unwrap() > 20, "{answer}");
    let refused = project.toml("[limits]\ntimeout = \"20h\"");
    let path = refused.path().to_str().unwrap();
    assert_eq!(suite.json(&["deploy", path])["code"], "invalid");
}

#[test]
fn up_says_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary("bunbase"));
    command.args(["--json", "serve", "--http", "127.0.0.1:0", "--state"]).arg(folder.path());
    let up = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut up = Stopped(up);
    let mut line = String::new();
    let mut output = std::io::BufReader::new(up.0.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
    assert!(said["result"]["http"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{said}");
    assert!(said["result"]["socket"].as_str().unwrap().ends_with("/ipc.sock"), "{said}");
}

struct Stopped(std::process::Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(self.0.id().cast_signed());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
        self.0.wait().unwrap();
    }
}
