//! One system call of a process that has a filter and nothing else.

use std::io::{PipeReader, Read};
use std::os::fd::AsFd;

use bunbase_attacker::Targets;
use bunbase_attacker::probe::{Gate, Probe};
use bunbase_jail::Layer;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

use super::nest::{Nest, REFUSED};

/// Forks that have the filter and nothing else, or nothing at all.
pub struct Filtered {
    pub nest: Nest,
    errors: PipeReader,
}

/// What came of a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// The kernel has answered, or the process has ended by the call.
    Through,
    /// The filter has ended it, and it has said so.
    Refused,
    /// The filter has killed it.
    Killed,
}

impl Filtered {
    pub fn with(layers: &[Layer]) -> Self {
        let without: Vec<Layer> =
            Layer::ALL.into_iter().filter(|layer| !layers.contains(layer)).collect();
        let (errors, writer) = std::io::pipe().unwrap();
        fcntl(errors.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let attacker = bunbase_tests::binary("bunbase-attacker");
        Self { nest: Nest::open(&attacker, &without, writer).unwrap(), errors }
    }

    /// Makes one call, and looks what the process says and how it ends.
    pub fn call(&mut self, gate: Gate, number: i64, arguments: [usize; 6]) -> Came {
        let mut inmate = self.nest.fork(&[]).unwrap();
        let probe = Probe { gate, number, arguments };
        let answer = inmate.ask("probe", &Targets { probe, ..Targets::default() });
        if answer.is_ok() {
            inmate.end();
            return Came::Through;
        }
        match (inmate.outcome(), self.said()) {
            (WaitStatus::Exited(_, REFUSED), said) => {
                // Of a number with more than six digits, the last six are said.
                let text = format!("system call {:>6} refused", number % 1_000_000);
                assert!(said.contains(&text), "{number}: {said}");
                Came::Refused
            }
            (WaitStatus::Signaled(_, Signal::SIGSYS, _), _) => Came::Killed,
            // `exit_group` and what jumps to where no handler was interrupted.
            (WaitStatus::Exited(_, 0) | WaitStatus::Signaled(_, Signal::SIGSEGV, _), _) => {
                Came::Through
            }
            (other, said) => panic!("{number}: {other:?} {said}"),
        }
    }

    fn said(&mut self) -> String {
        let mut room = [0; 256];
        let count = self.errors.read(&mut room).unwrap_or(0);
        String::from_utf8_lossy(&room[..count]).into_owned()
    }
}
