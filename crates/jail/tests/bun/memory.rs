//! What happens to a worker that takes more memory than it may.

use std::fs;
use std::time::{Duration, Instant};

use bunbase_jail::memory::{INTERVAL, Over, Watch};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::who::Who;
use crate::worker::{Setup, Worker};

const LIMIT: u64 = 128 << 20;

const BOMB: &str = "const all = [];
    export default () => { for (;;) all.push(Buffer.alloc(1 << 20, 1)); }";

/// As the watch counts, but by another way.
fn anonymous(pid: Pid) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// When it was last seen below the limit: it has passed that later.
fn last_below(pid: Pid, limit: u64) -> Instant {
    let mut below = Instant::now();
    while (1..=limit).contains(&anonymous(pid)) {
        below = Instant::now();
        std::thread::sleep(Duration::from_micros(500));
    }
    below
}

/// As schedulerd's loop does.
fn end_when_over(watch: &mut Watch<()>, pid: Pid) -> Over<()> {
    loop {
        std::thread::sleep(INTERVAL);
        if let Some(over) = watch.look().first() {
            kill(pid, Signal::SIGKILL).expect("it is there");
            return *over;
        }
    }
}

/// How long it has lived beyond the limit, at most.
fn bomb(who: Who) -> Duration {
    let mut worker = Worker::start(&Setup::of(who), BOMB);
    let pid = worker.pid;
    let mut watch = Watch::default();
    watch.add((), pid, LIMIT).expect("it runs");
    let below = std::thread::spawn(move || last_below(pid, LIMIT));
    worker.send("/");
    let over = end_when_over(&mut watch, pid);
    worker.wait();
    let ended = Instant::now();
    let lived = ended - below.join().expect("no panic");
    println!("{who:?}: {lived:?} beyond {} MB, peak {} MB", LIMIT >> 20, over.peak >> 20);
    assert!(over.peak > LIMIT && !watch.is_needed());
    lived
}

#[test]
fn a_bomb_is_ended_within_50_ms_of_its_limit() {
    for who in Who::all() {
        // Where others have the processors, both it and whoever looks wait for them.
        let mut lived = [(); 5].map(|()| bomb(who));
        lived.sort();
        assert!(lived[1] <= Duration::from_millis(50), "{lived:?}");
    }
}

#[test]
fn nobody_ends_it_where_nobody_looks() {
    let Some(who) = Who::one() else { return };
    let mut worker = Worker::start(&Setup::of(who), BOMB);
    worker.send("/");
    last_below(worker.pid, 3 * LIMIT);
    assert!(anonymous(worker.pid) > 3 * LIMIT);
}

#[test]
fn one_that_answers_has_room() {
    for who in Who::all() {
        let bundle = "export default () => new Response('x'.repeat(1 << 20))";
        let mut worker = Worker::start(&Setup::of(who), bundle);
        let mut watch = Watch::default();
        watch.add((), worker.pid, LIMIT).expect("it runs");
        for _ in 0..20 {
            assert_eq!(worker.text("/").len(), 1 << 20);
            assert_eq!(watch.look(), []);
        }
    }
}
