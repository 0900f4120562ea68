//! `bunbase new`: what it makes is deployed as it is, and answers.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use bunbase_tests::{Suite, binary, repository};
use serde_json::json;
use tempfile::TempDir;

fn bunbase(folder: &Path, args: &[&str]) -> Output {
    Command::new(binary("bunbase")).current_dir(folder).args(args).output().unwrap()
}

/// A function made from a template, deployed as a user would.
fn deployed(template: &str, before: impl FnOnce(&Path)) -> (Suite, TempDir) {
    let outer = tempfile::tempdir().unwrap();
    let made = bunbase(outer.path(), &["new", "made", "--template", template]);
    assert!(made.status.success(), "{made:?}");
    let folder = outer.path().join("made");
    before(&folder);
    let suite = Suite::start();
    suite.deploy_folder(&folder);
    (suite, outer)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn hello_greets_and_its_variable_can_be_set_on_the_server() {
    let (suite, outer) = deployed("hello", |_| {});
    assert_eq!(suite.get("/functions/made?name=you").json(), json!({ "message": "Hello, you!" }));
    assert!(suite.bunbase(&["env", "set", "made", "GREETING=Hi"]).status.success());
    assert_eq!(suite.get("/functions/made").json(), json!({ "message": "Hi, world!" }));
    let all = [
        ".gitignore",
        "README.md",
        "bunbase.d.ts",
        "function.toml",
        "index.ts",
        "package.json",
        "tsconfig.json",
    ];
    assert_eq!(names(&outer.path().join("made")), all);
}

#[test]
fn api_routes_with_hono_and_its_lock_file_is_for_the_packages_of_the_examples() {
    let hono = repository("examples/hono").canonicalize().unwrap();
    let (suite, outer) = deployed("api", |folder| {
        symlink(hono.join("node_modules"), folder.join("node_modules")).unwrap();
    });
    let note = suite.post("/functions/made/notes", br#"{"text":"first"}"#);
    assert_eq!((note.status, note.json()), (201, json!({ "id": 1, "text": "first" })));
    assert_eq!(suite.get("/functions/made/notes/1").json(), json!({ "id": 1, "text": "first" }));
    assert_eq!(suite.get("/functions/made").json()["notes"][0]["text"], "first");
    assert_eq!(suite.get("/functions/made/notes/2").status, 404);
    assert_eq!(suite.post("/functions/made/notes", b"no json").status, 400);
    assert_eq!(suite.get("/functions/made/else").json()["path"], "/else");
    let locked = |folder: &Path| -> serde_json::Value {
        let lock = fs::read(folder.join("package-lock.json")).unwrap();
        let lock: serde_json::Value = serde_json::from_slice(&lock).unwrap();
        lock["packages"]["node_modules/hono"].clone()
    };
    assert_eq!(locked(&outer.path().join("made")), locked(&hono));
}

#[test]
fn api_without_its_packages_says_to_install_them() {
    let outer = tempfile::tempdir().unwrap();
    let made = bunbase(outer.path(), &["new", "made", "-t", "api"]);
    assert!(String::from_utf8_lossy(&made.stdout).contains("\n  npm install\n"), "{made:?}");
    let checked = bunbase(outer.path(), &["check", "made"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&checked.stderr).contains("run npm install hono"));
}

#[test]
fn sse_sends_its_events_one_at_a_time() {
    let (suite, _outer) = deployed("sse", |_| {});
    let mut stream = TcpStream::connect(suite.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = "GET /functions/made HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let begun = Instant::now();
    let lines = BufReader::new(stream).lines().map(|line| (line.unwrap(), begun.elapsed()));
    let lines: Vec<(String, Duration)> = lines.collect();
    assert!(lines.iter().any(|(line, _)| line == "content-type: text/event-stream"), "{lines:?}");
    let events: Vec<_> = lines.iter().filter(|(line, _)| line.starts_with("data: ")).collect();
    let texts: Vec<&str> = events.iter().map(|(text, _)| text.as_str()).collect();
    let expected: Vec<String> = (1..=10).map(|n| format!("data: {{\"count\":{n}}}")).collect();
    assert_eq!(texts, expected);
    // They are 200 ms apart.
    let apart = events.windows(2).map(|pair| pair[1].1 - pair[0].1).min().unwrap();
    assert!(apart > Duration::from_millis(50), "{events:?}");
}

#[test]
fn form_shows_itself_and_says_what_was_uploaded() {
    let (suite, _outer) = deployed("form", |_| {});
    assert!(suite.get("/functions/made").text().contains("enctype=\"multipart/form-data\""));
    let body = "--b\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nNotes\r\n\
        --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
        content-type: text/plain\r\n\r\nabc\r\n--b--\r\n";
    let multipart = [("content-type", "multipart/form-data; boundary=b")];
    let said = suite.request("POST", "/functions/made", &multipart, body.as_bytes()).json();
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let file = json!({ "name": "a.txt", "type": "text/plain", "size": 3, "sha256": sha256 });
    assert_eq!(said, json!({ "title": "Notes", "file": file }));
    let without = "--b\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nNotes\r\n--b--\r\n";
    for body in [without, "no form"] {
        let refused = suite.request("POST", "/functions/made", &multipart, body.as_bytes());
        assert_eq!(refused.status, 400, "{}", refused.text());
    }
}

#[test]
fn a_folder_with_something_in_it_is_refused_and_an_empty_one_taken() {
    let outer = tempfile::tempdir().unwrap();
    let (full, empty) = (outer.path().join("full"), outer.path().join("empty"));
    fs::create_dir(&full).unwrap();
    fs::create_dir(&empty).unwrap();
    fs::write(full.join("mine"), "precious").unwrap();
    let refused = bunbase(outer.path(), &["new", "full"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not empty"));
    assert_eq!(names(&full), ["mine"]);
    assert!(bunbase(&empty, &["init", "."]).status.success());
    assert!(fs::read_to_string(empty.join("function.toml")).unwrap().contains("name = \"empty\""));
}

#[test]
fn a_bad_name_a_missing_parent_and_an_unknown_template_write_nothing() {
    let outer = tempfile::tempdir().unwrap();
    fs::write(outer.path().join("file"), "").unwrap();
    let mistakes: [(&[&str], i32, &str); 5] = [
        (&["new", "My Function"], 2, "can't be a function's name"),
        (&["new", "nowhere/greet"], 2, "there is no folder to make nowhere/greet in"),
        (&["new", "file/greet"], 1, "nothing was written"),
        (&["new", "greet", "--template", "rest"], 2, "hello, api, sse, form"),
        (&["new"], 2, "NAME"),
    ];
    for (args, status, part) in mistakes {
        let refused = bunbase(outer.path(), args);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(status), "{said}");
        assert!(said.contains(part), "{part} is missing in:\n{said}");
        assert_eq!(names(outer.path()), ["file"]);
    }
}

#[test]
fn help_names_each_template_with_a_line() {
    let help = bunbase(&PathBuf::from("/"), &["new", "--help"]).stdout;
    let help = String::from_utf8(help).unwrap();
    for template in ["hello:", "api:", "sse:", "form:"] {
        assert!(help.contains(template), "{help}");
    }
}
