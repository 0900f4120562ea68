//! A schedulerd that gets one thing wrong, to see that the model notices.

/// What it gets wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    None,
    /// Whoever is refused is not told.
    ForgetsRefusals,
    /// A granted worker goes to the next wish as well.
    GrantsTwice,
    /// It says in the holder's name that nothing starts on the lease any more.
    YieldsForHolders,
    /// It hears that a lease was given back where its worker was to be killed.
    ReleasesForKill,
    /// A worker that was told to stop is taken for idle again.
    RevivesTerminated,
    /// It does not notice that a worker has ended.
    MissesExits,
    /// It takes a worker's place for free when the worker is told to stop.
    ReapsEarly,
}
