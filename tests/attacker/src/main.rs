//! bunbase-attacker: starts as the QuickJS worker does, and attacks instead of serving.

use std::process::ExitCode;

use bunbase_jail::seccomp::report_refusals;
use bunbase_jail::zygote::{Served, serve};
use nix::sys::prctl;

fn main() -> ExitCode {
    // They can't fail: the kernel cuts what is too long, and lets every signal of this kind be handled.
    let _ = prctl::set_name(c"bunbase-zygote");
    let _ = report_refusals();
    match serve(c"bunbase-attacker") {
        Ok(Served::Worker) => bunbase_attacker::worker::serve(),
        Ok(Served::Closed) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bunbase-attacker: {error}");
            ExitCode::FAILURE
        }
    }
}
