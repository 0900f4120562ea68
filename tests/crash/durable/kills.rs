//! kill -9 at random moments of a change, from before its begin to after its end.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use bunbase_client::Error;
use nix::sys::signal::{Signal, kill};

use super::book::{Book, Fate};
use super::dice::Dice;
use super::disk;
use super::ipcd::Ipcd;
use super::look::look;
use super::step::{Change, FUNCTIONS, Step, new_text};

/// After so many a registry is given up for an empty one, that has another seed.
const ROUND: usize = 50;

/// What became of the changes during which ipcd was killed, by their kind.
#[derive(Debug, Default)]
struct Tally {
    acknowledged: usize,
    made: usize,
    not_made: usize,
}

/// A change that ipcd lives through has to be made.
pub fn acknowledged(ipcd: &Ipcd, book: &mut Book, step: &Step) -> Duration {
    let mut client = ipcd.client();
    let begun = Instant::now();
    step.make(&mut client).unwrap_or_else(|error| panic!("{step:?}: {error:?}\n{}", ipcd.log()));
    let took = begun.elapsed();
    let judged = look(&mut client).and_then(|seen| book.judge(step, &[Fate::Made], seen));
    judged.unwrap_or_else(|wrong| panic!("{wrong}\n{}", ipcd.log()));
    took
}

/// Whether it was acknowledged before ipcd died, or else how it failed.
fn killed_during(ipcd: &mut Ipcd, step: &Step, after: Duration) -> Result<(), Error> {
    let (mut client, pid) = (ipcd.client(), ipcd.pid());
    let answer = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(after);
            kill(pid, Signal::SIGKILL).unwrap();
        });
        step.make(&mut client)
    });
    ipcd.await_end();
    answer
}

/// Everything that is checked of a state directory whose ipcd has died, and of its successor.
pub fn check(ipcd: &mut Ipcd, book: &mut Book, step: &Step, may: &[Fate]) -> Result<Fate, String> {
    disk::whole(&ipcd.state())?;
    ipcd.restart();
    let fate = book.judge(step, may, look(&mut ipcd.client())?)?;
    disk::whole(&ipcd.state())?;
    disk::tidy(&ipcd.state())?;
    Ok(fate)
}

/// Changes that nobody is killed during: something to lose, and how long each takes.
pub fn one_of_each() -> [Step; 7] {
    let [a, b, c] = FUNCTIONS;
    let step = |function, change| Step { function, change };
    [
        Step::deploy(a),
        Step::deploy(b),
        Step::deploy(c),
        Step::deploy(a),
        step(a, Change::Set(new_text())),
        step(a, Change::Rollback(None)),
        step(c, Change::Remove),
    ]
}

/// So many kills in one registry.
fn round(seed: u64, kills: usize, tally: &mut BTreeMap<&'static str, Tally>) {
    let (mut ipcd, mut book, mut dice) = (Ipcd::start(), Book::empty(), Dice::new(seed));
    let usual: BTreeMap<_, _> = one_of_each()
        .iter()
        .map(|step| (step.kind(), acknowledged(&ipcd, &mut book, step).mul_f64(1.2)))
        .collect();
    for n in 0..kills {
        let step = Step::any(&mut dice, &book);
        let after = usual[step.kind()].mul_f64(dice.part());
        let (may, acknowledged) = match killed_during(&mut ipcd, &step, after) {
            Ok(()) => (&[Fate::Made][..], true),
            Err(Error::Lost(_)) => (&[Fate::Made, Fate::NotMade][..], false),
            Err(error) => panic!("{step:?}: {error:?}\n{}", ipcd.log()),
        };
        let judged = check(&mut ipcd, &mut book, &step, may);
        let fate = judged.unwrap_or_else(|wrong| {
            panic!("seed {seed}, kill {n}, after {after:?}: {wrong}\n{}", ipcd.log())
        });
        let tally = tally.entry(step.kind()).or_default();
        match (acknowledged, fate) {
            (true, _) => tally.acknowledged += 1,
            (false, Fate::Made) => tally.made += 1,
            (false, Fate::NotMade) => tally.not_made += 1,
        }
    }
}

/// A number from the environment, for the long form and to throw the same dice again.
pub fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn what_ipcd_acknowledged_is_there_after_kill_9_and_nothing_is_there_by_half() {
    let (kills, seed) = (number("KILLS", 100), number("SEED", 1) as u64);
    let mut tally = BTreeMap::new();
    let begun = Instant::now();
    for (seed, n) in (seed..).zip((0..kills).step_by(ROUND)) {
        round(seed, ROUND.min(kills - n), &mut tally);
    }
    println!("{kills} kills from seed {seed} in {:?}, 0 lost, 0 half", begun.elapsed());
    for (kind, Tally { acknowledged, made, not_made }) in tally {
        println!(
            "  {kind}: {acknowledged} acknowledged; of the others {made} made, {not_made} not"
        );
    }
}
