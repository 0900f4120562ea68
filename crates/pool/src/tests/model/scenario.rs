//! What there is at the beginning, and what may happen how often.

use std::time::{Duration, Instant};

use bunbase_manifest::{Manifest, Name};

use super::sabotage::Sabotage;
use crate::policy::{Bounds, Policy};

/// A request: whose, and for which function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asks {
    pub holder: usize,
    pub function: usize,
}

/// How often the outside may still do what nobody has asked it for.
#[derive(Debug, Clone, Copy, Default, Hash)]
pub struct Left {
    pub timeouts: u8,
    pub gives_up: u8,
    pub deaths: u8,
    pub spawn_failures: u8,
    pub registry_failures: u8,
    pub registry_breaks: u8,
    pub breaks: u8,
    pub deploys: u8,
    pub removals: u8,
    pub probes: u8,
    pub failed_loads: u8,
    pub ticks: u8,
}

/// One small world.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: &'static str,
    pub requests: Vec<Asks>,
    pub functions: usize,
    pub holders: usize,
    /// Workers of the machine.
    pub workers: u32,
    /// Workers of one function.
    pub min: u32,
    pub max: u32,
    /// Invocations after which a worker is worn.
    pub invocations: u64,
    /// Workers end only when they are killed.
    pub stubborn: bool,
    pub left: Left,
    /// What has to be seen to happen.
    pub shows: Vec<&'static str>,
    pub sabotage: Sabotage,
    pub began: Instant,
}

impl Scenario {
    /// Holders and functions of the requests, one after another; nothing goes wrong.
    pub fn new(name: &'static str, requests: &[(usize, usize)]) -> Self {
        let asks =
            requests.iter().map(|(holder, function)| Asks { holder: *holder, function: *function });
        Self {
            name,
            requests: asks.collect(),
            functions: 1 + requests.iter().map(|(_, function)| *function).max().unwrap_or(0),
            holders: 1 + requests.iter().map(|(holder, _)| *holder).max().unwrap_or(0),
            workers: 2,
            min: 0,
            max: 2,
            invocations: 100,
            stubborn: false,
            left: Left::default(),
            shows: Vec::new(),
            sabotage: Sabotage::None,
            began: Instant::now(),
        }
    }

    pub fn bounds(&self) -> Bounds {
        Bounds {
            workers: self.workers,
            wishes: 8,
            grace: Duration::from_secs(5),
            invocations: self.invocations,
            age: Duration::from_secs(100_000),
        }
    }

    pub fn policy(&self) -> Policy {
        let mut manifest: Manifest = bunbase_manifest::parse("", "a", "index.ts").unwrap();
        manifest.scale.min = self.min;
        manifest.scale.max = self.max;
        Policy::from(&manifest)
    }
}

/// A function's name.
pub fn name(function: usize) -> Name {
    ["a", "b", "c"][function].parse().unwrap()
}

/// Which function has this name.
pub fn number(name: &Name) -> usize {
    usize::from(name.as_str().as_bytes()[0] - b'a')
}
