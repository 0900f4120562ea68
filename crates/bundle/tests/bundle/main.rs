//! Bundles small projects with packages written by hand.

mod contents;
mod project;
mod refusals;
mod reproducibility;
