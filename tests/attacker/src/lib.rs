//! What a worker's process would do if an attacker had taken it over: machine code that tries to get out.
//!
//! The program starts as a worker does, by a fork of a zygote, and is told by each request which attempt to make on what. All targets are
//! canaries that a test has made; an attempt that succeeds harms nothing.
//!
//! # Layout
//! - [`attempt`]: what an attempt is; [`targets`]: what is attacked; [`call`]: system calls; [`arm`]: capabilities taken into use
//! - [`worker`]: the worker's protocol; [`protocol`]: attacks on who reads it; [`probe`]: one system call, as it is asked for
//! - a file for each family of attempts

pub mod attempt;
#[macro_use]
pub mod call;
pub mod probe;
pub mod targets;
pub mod worker;

mod arm;
mod descriptors;
mod devices;
mod executing;
mod files;
mod identity;
mod ipc;
mod kernel;
#[cfg(target_arch = "x86_64")]
mod legacy;
mod local_sockets;
mod memory;
mod metadata;
mod mounts;
mod namespaces;
mod processes;
mod protocol;
mod resources;
mod signals;
mod sockets;
mod state;
mod tracing;
mod writing;

pub use attempt::{Attempt, Class};
pub use targets::{SECRET, Targets};

/// Every attempt there is, family by family.
#[must_use]
pub fn attempts() -> Vec<&'static Attempt> {
    let families = [
        files::ATTEMPTS,
        writing::ATTEMPTS,
        metadata::ATTEMPTS,
        devices::ATTEMPTS,
        #[cfg(target_arch = "x86_64")]
        legacy::ATTEMPTS,
        executing::ATTEMPTS,
        memory::ATTEMPTS,
        sockets::ATTEMPTS,
        local_sockets::ATTEMPTS,
        ipc::ATTEMPTS,
        signals::ATTEMPTS,
        processes::ATTEMPTS,
        tracing::ATTEMPTS,
        namespaces::ATTEMPTS,
        mounts::ATTEMPTS,
        identity::ATTEMPTS,
        kernel::ATTEMPTS,
        resources::ATTEMPTS,
        descriptors::ATTEMPTS,
        state::ATTEMPTS,
    ];
    families.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn no_two_attempts_have_one_name() {
        let names: Vec<&str> = super::attempts().iter().map(|attempt| attempt.name).collect();
        let different: HashSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), different.len());
    }
}
