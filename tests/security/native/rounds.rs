//! Rounds of attempts: all of them in one set of layers, and that for every set.

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use bunbase_attacker::{Attempt, Targets, attempts};
use bunbase_jail::Layer;
use nix::sys::wait::WaitStatus;

use super::canaries::Canaries;
use super::nest::{Nest, REFUSED};
use super::table::{Row, Verdict};

/// Sets of layers that are tried at once: most of the time goes by waiting.
const AT_ONCE: usize = 4;

/// All attempts, with these layers on.
pub fn with(layers: &[Layer], canaries: &Canaries) -> Vec<Verdict> {
    let without: Vec<Layer> =
        Layer::ALL.into_iter().filter(|layer| !layers.contains(layer)).collect();
    let attacker = bunbase_tests::binary("bunbase-attacker");
    let nest = Nest::open(&attacker, &without, Stdio::null()).unwrap();
    // Where nothing is said about it, an attacker takes all of its capabilities into use first.
    let armed = !layers.contains(&Layer::Seccomp);
    let targets = Targets { armed, ..canaries.targets().clone() };
    let make = |attempt: &'static Attempt| {
        let verdict = made(&nest, attempt, &targets, canaries);
        canaries.restore();
        verdict
    };
    attempts().into_iter().map(make).collect()
}

fn made(nest: &Nest, attempt: &Attempt, targets: &Targets, canaries: &Canaries) -> Verdict {
    let bundle = canaries.bundle();
    let files = [(bundle.as_fd(), 3), (canaries.terminal().as_fd(), 4)];
    let mut inmate = nest.fork(&files).unwrap();
    let answer = inmate.ask(attempt.name, targets);
    match answer {
        Ok(response) => {
            inmate.end();
            let said = String::from_utf8_lossy(&response.body).into_owned();
            match said.split_once(": ") {
                Some(("escaped", what)) => Verdict::Escaped(what.to_owned()),
                Some(("stopped", why)) => Verdict::Stopped(why.to_owned()),
                _ => panic!("{}: {said}", attempt.name),
            }
        }
        Err(error) if is_end(&error) => Verdict::Stopped(ended(attempt, inmate.outcome())),
        Err(error) => {
            inmate.end();
            panic!("{} says no word: {error}", attempt.name)
        }
    }
}

fn is_end(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset)
}

fn ended(attempt: &Attempt, status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, REFUSED) => "the call is refused".to_owned(),
        WaitStatus::Signaled(_, signal, _) => signal.as_str().to_owned(),
        other => panic!("{}: {other:?}", attempt.name),
    }
}

/// Every set of layers, several at a time, each with canaries of its own.
pub fn matrix() -> Vec<Row> {
    let alone = Layer::ALL.map(|layer| vec![layer]);
    let all_but = |off| Layer::ALL.into_iter().filter(|layer| *layer != off).collect();
    let sets: Vec<Vec<Layer>> = [vec![], Layer::ALL.to_vec()]
        .into_iter()
        .chain(alone)
        .chain(Layer::ALL.map(all_but))
        .collect();
    let columns = sets.iter().map(|_| OnceLock::new()).collect::<Vec<OnceLock<Vec<Verdict>>>>();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(set) = sets.get(next.fetch_add(1, Ordering::Relaxed)) {
            let at = sets.iter().position(|other| other == set).unwrap();
            columns[at].set(with(set, &Canaries::make())).unwrap();
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let columns: Vec<&Vec<Verdict>> = columns.iter().map(|column| column.get().unwrap()).collect();
    let row = |(at, attempt): (usize, &'static Attempt)| {
        let cells: Vec<Verdict> = columns.iter().map(|column| column[at].clone()).collect();
        let [bare, all, ..] = &cells[..] else { panic!("two columns at least") };
        let (alone, without) = cells[2..].split_at(Layer::ALL.len());
        let (alone, without) = (alone.to_vec(), without.to_vec());
        Row { attempt, bare: bare.clone(), all: all.clone(), alone, without }
    };
    attempts().into_iter().enumerate().map(row).collect()
}
