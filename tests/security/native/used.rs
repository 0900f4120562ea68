//! No call is on the list that no worker makes.

use std::collections::BTreeSet;
use std::io::{Seek, Write};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};

use bunbase_attacker::Targets;
use bunbase_jail::seccomp::calls;
use bunbase_manifest::{ByteSize, Limits, Runtime};
use bunbase_tests::{Project, Suite, binary, wait};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::NamedTempFile;

use super::nest::Nest;

/// strace, on a zygote and all of its forks.
struct Trace {
    tracer: Child,
    file: NamedTempFile,
}

impl Trace {
    /// `None`, with the reason on standard error, where there is no strace.
    fn of(zygote: Pid) -> Option<Self> {
        let file = NamedTempFile::new().unwrap();
        let mut command = Command::new("strace");
        command.args(["-f", "-p", &zygote.to_string(), "-o"]).arg(file.path());
        let Ok(tracer) = command.stderr(Stdio::null()).spawn() else {
            eprintln!("skipped: no strace, which scripts/install-test-tools installs");
            return None;
        };
        wait::until_true("strace", || {
            let status = std::fs::read_to_string(format!("/proc/{zygote}/status")).unwrap();
            !status.contains("TracerPid:\t0\n")
        });
        Some(Self { tracer, file })
    }

    /// What the forks have called since they had their filter. They have ended, and so has the zygote.
    fn end(mut self) -> BTreeSet<String> {
        self.tracer.wait().unwrap();
        let text = std::fs::read_to_string(self.file.path()).unwrap();
        let (mut confined, mut called) = (BTreeSet::new(), BTreeSet::new());
        for (pid, call) in text.lines().filter_map(call) {
            if confined.contains(pid) {
                called.insert(call.to_owned());
            }
            if call == "seccomp" {
                confined.insert(pid);
            }
        }
        called
    }
}

/// Who calls what, of a line of strace's that begins a call.
fn call(line: &str) -> Option<(&str, &str)> {
    let (pid, rest) = line.split_once(' ')?;
    let (name, _) = rest.trim_start().split_once('(')?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((pid, name))
}

const FUNCTIONS: &[(&str, &str, u16)] = &[
    ("random", "return new Response(crypto.randomUUID() + Math.random())", 200),
    ("later", "await new Promise((done) => setTimeout(done, 50)); return new Response()", 200),
    ("large", "return new Response('x'.repeat(4 << 20))", 200),
    ("logs", "console.error(new Error('shown')); return new Response()", 200),
    ("upload", "return new Response(String((await request.arrayBuffer()).byteLength))", 200),
    ("throws", "throw new Error('shown with its place')", 500),
    ("bomb", "const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))", 502),
    ("loops", "for (;;);", 504),
];

/// Stops and goes on, in whatever it sleeps.
fn interrupt(worker: Pid) {
    for signal in [Signal::SIGSTOP, Signal::SIGCONT] {
        // One that has retired meanwhile needs no interruption.
        let _ = kill(worker, signal);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Functions of several kinds, deployed, asked, interrupted and stopped.
fn called_in_a_suite() -> Option<BTreeSet<String>> {
    let mut suite = Suite::start();
    let trace = Trace::of(wait::until("a zygote", || suite.zygote()))?;
    for (name, body, status) in FUNCTIONS {
        let limits = "[limits]\ntimeout = \"500ms\"\nmemory = \"16MB\"";
        suite.deploy(&Project::handler(name, body).toml(limits));
        let answer = suite.post(&format!("/functions/{name}"), &[b'x'; 400 << 10]);
        assert_eq!(answer.status, *status, "{name}: {}", suite.log());
        suite.workers().into_iter().for_each(interrupt);
    }
    suite.stop();
    Some(trace.end())
}

/// Asks for more than there is at once, which has malloc look elsewhere; then takes all, of different sizes, and gives it back.
const GREEDY: &str = "export default () => {
    try { new Uint8Array(1 << 29); } catch {}
    for (let round = 0; round < 3; round++) {
        const all = [];
        try { for (let n = 0;; n++) all.push(new Uint8Array(20000 + n % 60000), { n }, 'x'.repeat(n % 999)); } catch {}
        all.length = 0;
    }
    return new Response('greedy');
}";

/// A worker that may take more memory than its limit lets it: malloc is at its end before the engine is.
fn called_without_memory() -> Option<BTreeSet<String>> {
    let nest = Nest::open(&binary("bunbase-quickjs-worker"), &[], Stdio::null()).unwrap();
    let trace = Trace::of(nest.pid())?;
    let mut bundle = tempfile::tempfile().unwrap();
    bundle.write_all(GREEDY.as_bytes()).unwrap();
    bundle.rewind().unwrap();
    let limits = Limits { memory: ByteSize::mib(1), ..Limits::default() };
    let mut worker = nest.fork_within(limits, &[(bundle.as_fd(), 3)]).unwrap();
    let answer = worker.ask_within(1 << 30, "", &Targets::default()).unwrap();
    assert_eq!(answer.body, "greedy");
    worker.end();
    drop(nest);
    Some(trace.end())
}

#[test]
fn every_call_on_the_list_is_made() {
    let (Some(mut called), Some(at_the_end)) = (called_in_a_suite(), called_without_memory())
    else {
        return;
    };
    called.extend(at_the_end);
    let listed = calls(Runtime::Quickjs).iter().map(|call| call.name);
    let unused: Vec<&str> = listed.filter(|name| !called.contains(*name)).collect();
    assert_eq!(unused, [""; 0], "{called:?}");
}
