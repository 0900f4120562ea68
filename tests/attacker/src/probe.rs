//! One system call, as it is asked for: by which a filter is compared with its list.

use std::arch::asm;
use std::io::Error;

use serde::{Deserialize, Serialize};

use crate::attempt::Outcome;
use crate::call;

/// How a call is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gate {
    /// As programs of today make it.
    #[default]
    Native,
    /// As 32-bit programs make it.
    Int80,
}

/// A system call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// How it is made.
    pub gate: Gate,
    /// Its number.
    pub number: i64,
    /// Its arguments.
    pub arguments: [usize; 6],
}

/// Makes it. What the kernel answers, be it an error, is the escape: the filter has let it pass.
///
/// # Errors
/// Never: who is refused is no more.
pub fn call(probe: &Probe) -> Outcome {
    match probe.gate {
        Gate::Native => Ok(match call::make(probe.number, &probe.arguments) {
            Ok(result) => format!("it returned {result}"),
            Err(error) => format!("it returned {error}"),
        }),
        Gate::Int80 => int80(probe.number, probe.arguments),
    }
}

/// A call of the 32-bit interface. Its result is an errno, if negative.
#[cfg(target_arch = "x86_64")]
pub(crate) fn int80(number: i64, [b, c, d, ..]: [usize; 6]) -> Outcome {
    let mut result = number;
    // SAFETY: the kernel takes the registers for 32-bit numbers, and keeps all but rax and, on old kernels, r8 to r11. The compiler
    // wants rbx for itself: it gets it back.
    unsafe {
        asm!(
            "xchg {b}, rbx", "int 0x80", "xchg {b}, rbx", b = inout(reg) b => _, inout("rax") result, in("rcx") c, in("rdx") d,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    match i32::try_from(result).unwrap_or(i32::MIN) {
        error @ -4095..0 => Err(Error::from_raw_os_error(-error)),
        result => Ok(format!("it returned {result}")),
    }
}

/// There is no such interface.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn int80(_: i64, _: [usize; 6]) -> Outcome {
    Err(Error::from_raw_os_error(nix::libc::ENOSYS))
}
