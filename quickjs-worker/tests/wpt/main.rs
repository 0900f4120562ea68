//! The Web Platform Tests that need no page, each file in a real worker.

#[allow(dead_code, reason = "the other test binary uses all of it")]
#[path = "../worker/host.rs"]
mod host;

mod case;
mod outcome;
mod report;
mod tree;
