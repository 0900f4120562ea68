//! What an invocation costs in instructions, counted by callgrind: seconds depend on the machine, instructions don't.
//!
//! `instructions.txt` has the figures. More is a loss that somebody has to mean, less a gain that is to be kept:
//! either way the file is to say so (`UPDATE_INSTRUCTIONS=1`).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use bunbase_wire::worker::{BUNDLE_FD, ToWorker, encode};
use command_fds::{CommandFdExt, FdMapping};

use crate::host::{WORKER, bundle, get, load};

const FIGURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worker/instructions.txt");

/// By how many per cent a figure may differ: the compiler's version and the processor's features matter a little.
const TOLERANCE: f64 = 4.0;

const HELLO: &str = "export default { async fetch(request) {
    const url = new URL(request.url);
    return Response.json({ hello: url.searchParams.get('name') ?? 'world' }) } }";

const ECHO: &str = "export default { async fetch(request) {
    return new Response(await request.text(), { headers: { 'x-echo': request.headers.get('accept') } }) } }";

/// Instructions from the start to the end of a worker that runs this for so many invocations.
fn count(source: &str, invocations: u64) -> u64 {
    let mut input = Vec::new();
    encode(&load(64 << 20), true, &mut input);
    for id in 0..invocations {
        let mut invoke = get(id, "/?name=x");
        invoke.headers =
            [("host", "hello.example"), ("accept", "*/*"), ("user-agent", "curl/7.88.1")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        encode(&ToWorker::Invoke(invoke), true, &mut input);
    }
    let mapping = FdMapping { parent_fd: OwnedFd::from(bundle(source)), child_fd: BUNDLE_FD };
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", WORKER]);
    command.fd_mappings(vec![mapping]).expect("one descriptor");
    let output = command
        .stdin(bundle(input))
        .stdout(Stdio::null())
        .output()
        .expect("valgrind: scripts/install-test-tools installs it");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, behind) = said.split_once("Collected : ").unwrap_or_else(|| panic!("{said}"));
    behind.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number")
}

fn each(source: &str) -> u64 {
    (count(source, 600) - count(source, 100)) / 500
}

#[test]
fn an_invocation_costs_as_many_instructions_as_is_written_down() {
    let measured: BTreeMap<&str, u64> = [
        ("start", count("export default () => new Response()", 0)),
        ("hello", each(HELLO)),
        ("echo", each(ECHO)),
    ]
    .into();
    if std::env::var_os("UPDATE_INSTRUCTIONS").is_some() {
        let mut text = String::new();
        measured.iter().for_each(|(name, n)| writeln!(text, "{name} {n}").expect("a string"));
        return std::fs::write(FIGURES, text).expect("a file");
    }
    let text = std::fs::read_to_string(FIGURES).expect("the figures");
    let known: BTreeMap<&str, u64> = text
        .lines()
        .map(|line| line.split_once(' ').expect("a name and a number"))
        .map(|(name, number)| (name, number.parse().expect("a number")))
        .collect();
    for (name, measured) in measured {
        let change = (measured as f64 / known[name] as f64 - 1.0) * 100.0;
        assert!(
            change.abs() < TOLERANCE,
            "{name}: {measured} instructions, {change:+.1} % of {}; see tests/worker/instructions.rs",
            known[name]
        );
    }
}
