//! Attacks by JavaScript: what a function can say to get at what is not its own.
//!
//! Each attack is a function of its own in one running suite, deployed past the bundler, which would refuse some of them first. What it
//! sees is compared with what it may see; then the neighbour, another function, is asked whether it is what it was, in the worker
//! that it had.
//!
//! What a function does to its own module and its own global object is its own affair. What counts is what is not: files, the daemons, other
//! functions, and the inner objects of `quickjs-worker/src/web`, through which one request could answer for another.
//!
//! Twins: [`node`] runs the same imports where nothing keeps them from working. The traps of [`prototypes`] first catch something that the
//! attack itself throws at them: one that catches nothing proves nothing. What a language does not have can't be switched on.
//!
//! # Layout
//! - [`arena`]: the suite, the attacker, the neighbour
//! - [`constructors`], [`imports`], [`prototypes`], [`invocations`], [`engine`], [`memory`], [`neighbour`], [`resources`]: the families
//! - [`node`]: the twin of the imports

mod arena;
mod constructors;
mod engine;
mod imports;
mod invocations;
mod memory;
mod neighbour;
mod node;
mod prototypes;
mod resources;

use arena::{Arena, Family};

const FAMILIES: &[Family] = &[
    constructors::FAMILY,
    imports::FAMILY,
    prototypes::FAMILY,
    invocations::FAMILY,
    engine::FAMILY,
    memory::FAMILY,
    neighbour::FAMILY,
    resources::FAMILY,
];

/// So many attacks there are at least.
const FEWEST: usize = 40;

#[test]
fn no_javascript_reaches_anything_that_is_not_the_functions_own() {
    let arena = Arena::start();
    let (mut ran, mut succeeded) = (0, Vec::new());
    for family in FAMILIES {
        let (count, failures) = arena.run(family);
        eprintln!("{count:>4} {}", family.name);
        ran += count;
        succeeded.extend(failures);
    }
    eprintln!("{ran:>4} attacks by JavaScript in all, {} of them with success", succeeded.len());
    assert!(succeeded.is_empty(), "{}", succeeded.join("\n"));
    assert!(ran >= FEWEST, "only {ran}");
    arena.no_worker_has_crashed();
}
