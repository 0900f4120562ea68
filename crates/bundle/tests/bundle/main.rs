//! Bundles small projects with packages written by hand.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test")]

mod contents;
mod project;
mod refusals;
mod reproducibility;
