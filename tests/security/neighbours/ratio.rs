//! Quiet and noisy phases in turn, and what they come to.

use std::fmt;
use std::time::Duration;

use bunbase_tests::Suite;

use super::client::{Client, ask_steadily};
use super::cpu;
use super::noise::Kind;

/// The victim is asked so often.
const EVERY: Duration = Duration::from_millis(2);

/// What was begun in a noisy phase is over after this long.
const SETTLE: Duration = Duration::from_millis(150);

/// Below this it is not the neighbour's doing but the kernel's: who wakes up while somebody computes may have to wait for the
/// scheduler's next tick, which comes 250 times a second. Half of one is not much to lose.
pub const FLOOR: Duration = Duration::from_millis(2);

/// Of the CPUs, what is asked of the victim takes 5 to 10 %. More than this, and others are at work.
const QUIET: f64 = 0.3;

/// How long is measured.
#[derive(Clone, Copy)]
pub struct Length {
    rounds: usize,
    phase: Duration,
}

impl Length {
    pub const SHORT: Self = Self { rounds: 5, phase: Duration::from_millis(220) };
    pub const LONG: Self = Self { rounds: 11, phase: Duration::from_secs(2) };
}

/// What was measured of one kind of noise: how long each answer took, phase by phase.
pub struct Measured {
    kind: &'static str,
    quiet: Vec<Vec<Duration>>,
    noisy: Vec<Vec<Duration>>,
    answers: usize,
    /// The share of all CPUs that was in use in the busiest of the quiet phases.
    busy: f64,
}

impl Measured {
    /// The noisy p99 by the quiet one.
    pub fn ratio(&self) -> f64 {
        p99(&self.noisy).as_secs_f64() / p99(&self.quiet).as_secs_f64()
    }

    pub fn is_within(&self, bound: f64) -> bool {
        self.ratio() <= bound || p99(&self.noisy) <= FLOOR
    }

    /// Whether it says anything: others may keep the machine so busy that quiet is not quiet.
    pub fn is_conclusive(&self) -> bool {
        p99(&self.quiet) <= FLOOR && self.busy <= QUIET
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, quiet, noisy, answers, busy } = self;
        let busy = busy * 100.0;
        let figures = |all: &[Vec<Duration>]| {
            let pooled = all.concat();
            let [p50, p90] = [quantile(&pooled, 0.5), quantile(&pooled, 0.9)];
            format!(
                "{} of {}",
                [p50, p90, p99(all)].map(|d| format!("{:.2}", d.as_secs_f64() * 1e3)).join(" "),
                pooled.len()
            )
        };
        let (quiet, noisy, ratio) = (figures(quiet), figures(noisy), self.ratio());
        write!(
            f,
            "{kind:>10}: {ratio:>6.2} times the p99; p50, p90, p99 in ms: quiet {quiet}, noisy {noisy}; {answers} answers to the noise; {busy:.0} % busy in quiet"
        )
    }
}

/// Asks the victim in quiet and in noise, by turns.
pub fn measure(suite: &Suite, victim: &str, kind: &Kind, length: Length) -> Measured {
    let mut client = Client::connect(suite.address(), victim);
    let mut measured =
        Measured { kind: kind.name, quiet: Vec::new(), noisy: Vec::new(), answers: 0, busy: 0.0 };
    for _ in 0..length.rounds {
        std::thread::sleep(SETTLE);
        let before = cpu::used();
        measured.quiet.push(ask_steadily(&mut client, EVERY, length.phase));
        measured.busy = measured.busy.max(cpu::share(before, cpu::used()));
        let noise = kind.begin(suite.address());
        measured.noisy.push(ask_steadily(&mut client, EVERY, length.phase));
        measured.answers += noise.end();
    }
    measured
}

/// The median of the phases' own: a burst of somebody else's in one of them is not to be the neighbour's fault.
fn p99(phases: &[Vec<Duration>]) -> Duration {
    let all: Vec<Duration> = phases.iter().map(|phase| quantile(phase, 0.99)).collect();
    quantile(&all, 0.5)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn quantile(all: &[Duration], share: f64) -> Duration {
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}
