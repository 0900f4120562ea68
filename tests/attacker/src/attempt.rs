//! What an attempt is.

use std::io;

use crate::Targets;

/// What it would be if it succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// What is another's is read.
    Secret,
    /// Something is reached that is not in the process.
    Network,
    /// Another process is touched.
    Process,
    /// Anything else that a worker is not to do.
    Other,
}

/// What was got; or why nothing was.
pub type Outcome = io::Result<String>;

/// One way to get out.
#[derive(Debug)]
pub struct Attempt {
    /// What it is called: the name of its function.
    pub name: &'static str,
    /// Which kind of way it is.
    pub family: &'static str,
    /// What it would be if it succeeded.
    pub class: Class,
    /// Tries.
    pub make: fn(&Targets) -> Outcome,
}

/// The attempts of a family, by class.
macro_rules! attempts {
    ($family:literal: $($class:ident { $($name:ident),* $(,)? })*) => {
        /// All of them.
        pub(crate) const ATTEMPTS: &[$crate::Attempt] = &[$($(
            $crate::Attempt { name: stringify!($name), family: $family, class: $crate::Class::$class, make: $name },
        )*)*];
    };
}
pub(crate) use attempts;

/// Nothing was got, though no system call has failed.
pub(crate) fn nothing<T>(why: &str) -> io::Result<T> {
    Err(io::Error::other(why.to_owned()))
}
