//! Workers forked from a zygote: the same worker, started faster, and nobody's twin.

use std::collections::HashSet;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bunbase_jail::zygote::Zygote;
use bunbase_jail::{Cage, Surroundings, Uids, can_be_given};
use bunbase_manifest::{Capabilities, Limits, Runtime, View};
use bunbase_wire::worker::{BUNDLE_FD, BYTECODE_FD, FromWorker, Load, ToWorker};
use nix::sys::pthread::{pthread_kill, pthread_self};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use crate::compiled::{compiled, hash};
use crate::host::{Host, WORKER, bundle, get, load, text};

/// A zygote whose forks are this process' children.
struct Nursery {
    child: Option<Child>,
    zygote: Zygote,
}

impl Nursery {
    fn open() -> Self {
        let (zygote, mut command): (Zygote, Command) =
            Zygote::command(Path::new(WORKER), around()).expect("a socket");
        Self { child: Some(command.spawn().expect("the zygote starts")), zygote }
    }

    fn fork(&self, source: &str) -> Host {
        self.fork_with(source, None)
    }

    fn fork_with(&self, source: &str, bytecode: Option<&[u8]>) -> Host {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let (bundle, theirs) = (OwnedFd::from(bundle(source)), OwnedFd::from(theirs));
        let bytecode = bytecode.map(|bytes| OwnedFd::from(crate::host::bundle(bytes)));
        let mut places =
            vec![(theirs.as_fd(), 0), (theirs.as_fd(), 1), (bundle.as_fd(), BUNDLE_FD)];
        places.extend(bytecode.as_ref().map(|file| (file.as_fd(), BYTECODE_FD)));
        let cage = Cage::new(
            Capabilities {
                runtime: Runtime::Quickjs,
                limits: Limits::default().clone(),
                view: View::default(),
            },
            0,
        );
        let pid = self.zygote.fork(&cage, &places).expect("a fork");
        Host::of_fork(pid, ours)
    }

    fn serving(&self, source: &str) -> Host {
        self.ready(source, None)
    }

    fn ready(&self, source: &str, bytecode: Option<&[u8]>) -> Host {
        let mut host = self.fork_with(source, bytecode);
        let ToWorker::Load(told) = load(64 << 20) else { panic!("no load") };
        host.send(&ToWorker::Load(Load { bundle: Some(hash(source)), ..told }));
        assert!(matches!(host.next(), FromWorker::Ready(_)));
        host
    }
}

impl Drop for Nursery {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // One that has exited already can't be killed, and needn't be.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn a_fork_serves_as_a_worker_that_was_executed_does() {
    let nursery = Nursery::open();
    let source = "export default { async fetch(request, env) {
        return new Response(`${env.GREETING} ${request.method} ${await request.text()}`); } }";
    for _ in 0..3 {
        let mut host = nursery.serving(source);
        assert_eq!(text(&host.ask(crate::host::post(1, "body"))), "hi POST body");
    }
}

#[test]
fn forks_share_no_random_value() {
    let nursery = Nursery::open();
    let source = "const { subtle } = crypto, secret = async (algorithm) =>
            (await subtle.exportKey('jwk', (await subtle.generateKey(algorithm, true, ['sign', 'verify'])).privateKey)).d;
        export default async () => Response.json([
        Math.random(), Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(16))].join(),
        await secret({ name: 'ECDSA', namedCurve: 'P-256' }), await secret('Ed25519')])";
    let mut seen = HashSet::new();
    for _ in 0..8 {
        let mut host = nursery.serving(source);
        let answer = host.ask(get(1, "/"));
        let values: Vec<serde_json::Value> = serde_json::from_slice(&answer.body).expect("JSON");
        assert!(values.iter().all(|value| seen.insert(value.to_string())), "{values:?} came twice");
    }
}

#[test]
fn a_fork_has_a_clock_of_its_own() {
    let nursery = Nursery::open();
    let source = "export default () => Response.json([performance.timeOrigin, performance.now(), Date.now()])";
    let read = |host: &mut Host| -> [f64; 3] {
        serde_json::from_slice(&host.ask(get(1, "/")).body).expect("three numbers")
    };
    let first = read(&mut nursery.serving(source));
    std::thread::sleep(Duration::from_millis(300));
    let second = read(&mut nursery.serving(source));
    for [origin, now, date] in [first, second] {
        assert!((origin + now - date).abs() < 50.0, "{origin} + {now} is not {date}");
        assert!(now < 250.0, "{now} ms since its start");
    }
    assert!(second[0] - first[0] >= 300.0);
}

#[test]
fn a_fork_is_in_its_cage_and_holds_nothing_of_the_zygote() {
    let nursery = Nursery::open();
    let mut host = nursery.serving("export default () => new Response('x')");
    assert_eq!(host.ask(get(1, "/")).status, 200);
    let proc = format!("/proc/{}", host.pid());
    let status = std::fs::read_to_string(format!("{proc}/status")).expect("a living process");
    assert!(status.contains("CapEff:\t0000000000000000") && status.contains("NoNewPrivs:\t1"));
    let limits = std::fs::read_to_string(format!("{proc}/limits")).expect("a living process");
    let files = limits.lines().find(|line| line.starts_with("Max open files")).expect("a line");
    assert_eq!(files.split_whitespace().nth(4), Some("64"), "{files}");
    let mut open: Vec<String> = std::fs::read_dir(format!("{proc}/fd"))
        .expect("a living process")
        .map(|entry| entry.expect("a descriptor").file_name().to_string_lossy().into_owned())
        .collect();
    open.sort();
    // The bundle is closed once it has been read.
    assert_eq!(open, ["0", "1", "2"]);
}

extern "C" fn ignore(_: i32) {}

/// As SIGCHLD does, whenever an earlier fork ends.
#[test]
fn a_signal_at_any_time_makes_no_fork_fail() {
    let handler = SigAction::new(SigHandler::Handler(ignore), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGUSR1, &handler) }.expect("a handler");
    let (nursery, this) = (Nursery::open(), pthread_self());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                pthread_kill(this, Signal::SIGUSR1).expect("the thread is there");
            }
        });
        for _ in 0..100 {
            drop(nursery.fork("export default () => new Response()"));
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_zygote_ends_when_nobody_wants_workers_any_more_and_its_forks_live_on() {
    let mut nursery = Nursery::open();
    let mut host = nursery.serving("export default () => new Response('still here')");
    let child = nursery.child.take();
    drop(nursery);
    let mut child = child.expect("the zygote");
    let deadline = Instant::now() + Duration::from_secs(5);
    while child.try_wait().expect("a child").is_none() {
        assert!(Instant::now() < deadline, "the zygote does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(text(&host.ask(get(1, "/"))), "still here");
}

const HELLO: &str = "export default { async fetch(request) {
    const url = new URL(request.url);
    return Response.json({ hello: url.searchParams.get('name') ?? 'world' }) } }";

/// 85 KB with 400 classes.
fn large() -> String {
    let classes = (0..400).map(|n| {
        format!(
            "export class Class{n} {{ #value = {n}; constructor(x) {{ this.x = x ?? 'class {n}'; }} \
             get value() {{ return this.#value; }} add(other) {{ return new Class{n}(this.x + other.x); }} \
             static of(x) {{ return new Class{n}(x); }} }}\n"
        )
    });
    classes.collect::<String>() + HELLO
}

fn pss(host: &Host) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", host.pid()));
    let rollup = rollup.expect("a living process");
    let line = rollup.lines().find(|line| line.starts_with("Pss:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}

/// Of 200 forks which all live on.
fn measure(what: &str, source: &str, bytecode: Option<&[u8]>) {
    let nursery = Nursery::open();
    drop(nursery.ready(source, bytecode));
    let mut hosts = Vec::new();
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let started = Instant::now();
            hosts.push(nursery.ready(source, bytecode));
            started.elapsed()
        })
        .collect();
    times.sort();
    println!("{what}: median {:?}, 90 % {:?}", times[100], times[180]);
    println!("{what}: PSS of an idle fork among 200: {} kB", pss(&hosts[100]));
    for host in &mut hosts {
        host.ask(get(1, "/?name=x"));
    }
    println!("{what}: and after an answer of each: {} kB", pss(&hosts[100]));
}

/// BUNBASE_BUNDLE=FILE measures that bundle, too.
#[test]
#[ignore = "a measurement, not a claim"]
fn from_fork_to_ready() {
    let (large, other) = (large(), std::env::var("BUNBASE_BUNDLE").ok());
    let other = other.map(|path| std::fs::read_to_string(path).expect("a bundle"));
    let bundles = [("hello", HELLO), ("400 classes", &large)].into_iter();
    for (what, source) in
        bundles.chain(other.iter().map(|source| ("BUNBASE_BUNDLE", source.as_str())))
    {
        println!("{what}: {} bytes", source.len());
        measure(&format!("{what}, source"), source, None);
        measure(&format!("{what}, bytecode"), source, Some(&compiled("hello", source)));
    }
}

/// What the suite gives its zygote.
fn around() -> Surroundings {
    let uids = can_be_given().then_some(Uids { first: 2_000_000_000, count: 65_536 });
    Surroundings { uids, view: View::default(), without: Vec::new() }
}
