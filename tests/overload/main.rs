//! More is asked for than can be done: nothing accepted is dropped, nobody pays for another, and nothing is left behind.

mod cold;
mod deploys;
mod fairness;
mod idle;
mod queue;
mod withdrawn;
