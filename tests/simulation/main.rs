//! The whole suite in one thread, with time that stands still, and everything that can go wrong: every accepted
//! invocation is answered exactly once.
//!
//! What is real: the pool, and the lease holders with all that they are made of. What is played: the sockets, the
//! clock, schedulerd's shell, the registry, the workers (on the real protocol) and the clients. A seed decides about
//! everything, so a world that has failed fails again: `SEED=N make simulation`, and `SEEDS=100000` for the long form.
//!
//! # Layout
//! - [`world`]: one world from beginning to end; [`plan`]: what a seed makes of it; [`dice`], [`history`]
//! - [`ledger`]: what is promised
//! - [`holder`], [`client`]: gateway and ipcd, and who calls them
//! - [`schedulerd`], [`pool`]: the pool and what it does; [`registry`]: what is deployed
//! - [`worker`], [`fulfil`], [`fate`]: workers, and what they make of invocations
//! - [`transport`], [`packets`], [`pipe`], [`process`]: what the kernel does
//! - [`sabotage`]: what can be broken on purpose

mod client;
mod dice;
mod fate;
mod fulfil;
mod history;
mod holder;
mod ledger;
mod packets;
mod pipe;
mod plan;
mod pool;
mod process;
mod registry;
mod sabotage;
mod schedulerd;
mod seeds;
mod transport;
mod twins;
mod worker;
mod world;
