//! How long a start takes and how large a worker is, in the cage and outside of it.

use std::fs;
use std::time::{Duration, Instant};

use nix::unistd::Pid;

use crate::who::Who;
use crate::worker::{Setup, Worker};

const HELLO: &str = "export default () => new Response('hello')";
const STARTS: usize = 15;

/// Of several starts: until the first answer, and until the call returned.
#[derive(Default)]
struct Times {
    answered: Vec<Duration>,
    returned: Vec<Duration>,
    size: (u64, u64),
}

impl Times {
    fn add(&mut self, start: impl FnOnce() -> Worker) {
        let begun = Instant::now();
        let mut worker = start();
        assert_eq!(worker.text("/"), "hello");
        self.answered.push(begun.elapsed());
        self.returned.push(worker.returned - begun);
        self.size = size(worker.pid);
    }

    fn quickest(&self) -> f64 {
        self.answered.iter().min().expect("a start").as_secs_f64()
    }
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

/// In kB: its share of what it shares with others and all that is its own; and only the latter.
fn size(pid: Pid) -> (u64, u64) {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("a process");
    let of = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        line.split_whitespace().next().and_then(|kb| kb.parse().ok()).expect("a number")
    };
    (of("Pss:"), of("Pss_Anon:"))
}

#[test]
fn the_cage_costs_less_than_a_start_itself() {
    for who in Who::all() {
        let (mut bare, mut caged) = (Times::default(), Times::default());
        let setup = Setup::of(who);
        // In turn, as others run on this machine meanwhile.
        for _ in 0..STARTS {
            bare.add(|| Worker::bare(&setup, HELLO));
            caged.add(|| Worker::start(&setup, HELLO));
        }
        let ratio = caged.quickest() / bare.quickest();
        for (what, times) in [("bare", &bare), ("caged", &caged)] {
            let (answered, returned) = (median(&times.answered), median(&times.returned));
            let ((pss, own), quickest) = (times.size, times.quickest() * 1e3);
            println!(
                "{who:?}, {what}: first answer after {answered:?} (quickest {quickest:.1} ms), the call \
                 returned after {returned:?}, PSS {pss} kB, {own} kB of it no file's"
            );
        }
        println!("{who:?}: {ratio:.2} times a bare start");
        assert!(ratio < 2.0, "{ratio}");
    }
}
