//! What can be broken on purpose, to show that it would be noticed.

/// A part that does not do what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The pool hands out a worker that somebody holds.
    GrantsTwice,
    /// An answer is taken for another invocation's.
    Misaddressed,
    /// A holder drops what is in flight when schedulerd goes.
    DropsInFlight,
    /// A holder says that it starts nothing more on a lease, and does.
    IgnoresRevoke,
    /// schedulerd does not kill what it is asked to.
    NeverKills,
    /// A holder takes a worker's death for its word that it never began.
    RetriesTheDead,
    /// A deploy is acknowledged before it is in force.
    AcknowledgesAtOnce,
    /// The pool starts a worker for each wish.
    StartsTooMany,
}
