//! The Web Platform Tests that need no page, each file in a real worker.
//!
//! # Layout
//! - [`tree`]: the tests on this machine; [`case`]: one of them as a bundle, which `frame.js` makes a handler; [`left_out`]: those not meant for us
//! - [`outcome`]: what became of it; [`run`]: in a worker; [`peers`]: in Node and Deno
//! - [`directories`]: a test a directory; [`found`]: what it finds; [`expected`]: what is known to fail, and why; [`ratchet`]: the
//!   differences of the two; [`rates`]: how much may fail
//! - [`report`]: what fails, for whoever works on it; [`table`]: the table in the documentation

#[allow(dead_code, reason = "the other test binary uses all of it")]
#[path = "../worker/host.rs"]
mod host;
#[allow(dead_code, reason = "the other test binary uses all of it")]
#[path = "../worker/process.rs"]
mod process;

mod case;
mod directories;
mod expected;
mod found;
mod left_out;
mod outcome;
mod peers;
mod ratchet;
mod rates;
mod report;
mod run;
mod table;
mod tree;
