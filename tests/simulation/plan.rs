//! What a seed makes of the world: its functions, its bounds, and what goes wrong in it.

use std::time::Duration;

use bunbase_manifest::Name;

use crate::dice::Dice;

/// A function and its numbers.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// Invocations in flight in one worker.
    pub concurrency: u32,
    /// Workers at most.
    pub max: u32,
    /// `limits.timeout`, in milliseconds.
    pub timeout: u64,
    /// Requests that may wait at a holder.
    pub queue: u32,
    /// How long a worker without work is kept.
    pub idle: Duration,
    /// Workers kept at all times.
    pub min: u32,
}

/// How often what goes wrong, of a thousand. Nothing does in a calm world, apart from restarts and deploys.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// An invocation ends its worker, or harms it.
    pub misbehaves: u32,
    /// An invocation fails alone.
    pub fails: u32,
    /// A worker does not come up.
    pub load: u32,
    /// A worker's process can't be started.
    pub spawn: u32,
    /// A worker does not stop when it is told to.
    pub stubborn: u32,
    /// schedulerd can't be reached at once.
    pub connect: u32,
    /// The registry can't answer.
    pub resolve: u32,
    /// A client goes away.
    pub leaves: u32,
    /// Between two deaths of schedulerd, in milliseconds; 0 for none.
    pub scheduler_lives: u64,
    /// Between two deaths of a holder.
    pub holder_lives: u64,
    /// Between two restarts of the registry.
    pub registry_lives: u64,
    /// A deploy is a removal.
    pub removes: u32,
}

/// A world.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whether every call has to succeed.
    pub calm: bool,
    /// What there is to call.
    pub functions: Vec<Function>,
    /// Lease holders.
    pub holders: usize,
    /// Workers of the machine.
    pub workers: u32,
    /// Invocations after which a worker is replaced.
    pub invocations: u64,
    /// The age at which it is.
    pub age: Duration,
    /// How long a message is under way at most, in milliseconds.
    pub delay: u64,
    /// Between two calls at one holder, at most.
    pub pause: u64,
    /// Between two deploys, at most; 0 for none.
    pub deploys: u64,
    /// How long a lease is kept without use.
    pub quiet: Duration,
    /// How long calls are made.
    pub traffic: Duration,
    /// What goes wrong.
    pub faults: Faults,
}

impl Plan {
    /// The world of these dice.
    pub fn new(dice: &Dice) -> Self {
        let calm = dice.chance(250);
        let functions: Vec<Function> =
            (0..dice.count(1..=4)).map(|n| Function::new(dice, n, calm)).collect();
        // A calm world has room for all of its calls.
        let least = if calm { functions.len() as u64 + 2 } else { 1 };
        let some = |of: u64| if dice.chance(600) { dice.between(of / 4..=of) } else { 0 };
        Self {
            calm,
            holders: dice.count(1..=2),
            workers: u32::try_from(dice.between(least..=8)).unwrap(),
            invocations: dice.pick(&[10, 100, 1_000_000]),
            age: dice.pick(&[Duration::from_secs(1), Duration::from_secs(3600)]),
            delay: dice.pick(&[0, 1, 3, 8]),
            pause: dice.pick(if calm { &[150, 400] } else { &[3, 10, 40, 150] }),
            deploys: some(2_000),
            quiet: dice.ms(50..=1_500),
            traffic: dice.ms(1_500..=4_000),
            faults: Faults::new(dice, calm),
            functions,
        }
    }
}

impl Function {
    fn new(dice: &Dice, number: usize, calm: bool) -> Self {
        Self {
            name: ["a", "b", "c", "d"][number].parse().unwrap(),
            concurrency: dice.pick(&[1, 1, 2, 4, 16]),
            max: dice.pick(if calm { &[3, 6] } else { &[1, 2, 3, 6] }),
            timeout: dice.pick(if calm { &[5_000, 30_000] } else { &[150, 400, 1_500] }),
            queue: dice.pick(if calm { &[200] } else { &[1, 5, 30] }),
            idle: dice.ms(20..=3_000),
            min: 0,
        }
    }
}

impl Faults {
    fn new(dice: &Dice, calm: bool) -> Self {
        let some = |of: u64| if dice.chance(500) { dice.between(1..=of) } else { 0 };
        let often = |of: u32| u32::try_from(some(u64::from(of))).unwrap();
        let lives = |least: u64| if dice.chance(500) { dice.between(least..=3_000) } else { 0 };
        let quiet = Self { scheduler_lives: lives(300), ..Self::default() };
        if calm {
            return quiet;
        }
        Self {
            misbehaves: often(150),
            fails: often(200),
            load: often(200),
            spawn: often(150),
            // A worker that does not stop outlives a schedulerd that dies: nobody is left who would kill it.
            stubborn: if quiet.scheduler_lives == 0 { often(300) } else { 0 },
            connect: often(500),
            resolve: often(200),
            leaves: often(200),
            holder_lives: lives(500),
            registry_lives: lives(300),
            removes: often(400),
            ..quiet
        }
    }
}
