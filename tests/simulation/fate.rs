//! What a worker makes of an invocation.

use bunbase_lease::Failure;

use crate::world::World;

/// What becomes of an invocation on a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    // It is answered.
    Answered,
    AnsweredUnread,
    Streamed,
    Lingers,
    // It fails alone.
    Uncaught,
    BadResponse,
    SaidTimeout,
    TooLong,
    BrokenOff,
    LingersForever,
    // Its worker is harmed, or harms others.
    AnsweredTwice,
    AnsweredUnknown,
    Garbage,
    Dies,
    Hangs,
    Late,
    Loops,
    CpuTime,
    OutOfMemory,
    StreamHangs,
    BeyondWindow,
    Computes,
    Floods,
}

const GOOD: [Fate; 4] = [Fate::Answered, Fate::AnsweredUnread, Fate::Streamed, Fate::Lingers];

const FAILED: [Fate; 6] = [
    Fate::Uncaught,
    Fate::BadResponse,
    Fate::SaidTimeout,
    Fate::TooLong,
    Fate::BrokenOff,
    Fate::LingersForever,
];

const HARMFUL: [Fate; 13] = [
    Fate::AnsweredTwice,
    Fate::AnsweredUnknown,
    Fate::Garbage,
    Fate::Dies,
    Fate::Hangs,
    Fate::Late,
    Fate::Loops,
    Fate::CpuTime,
    Fate::OutOfMemory,
    Fate::StreamHangs,
    Fate::BeyondWindow,
    Fate::Computes,
    Fate::Floods,
];

impl Fate {
    /// The next one.
    pub fn draw(world: &World) -> Self {
        let faults = &world.plan.faults;
        if world.dice.chance(faults.misbehaves) {
            return world.dice.pick(&HARMFUL);
        }
        if world.dice.chance(faults.fails) {
            return world.dice.pick(&FAILED);
        }
        if world.dice.chance(750) { Self::Answered } else { world.dice.pick(&GOOD) }
    }

    /// Whether its answer comes in parts.
    pub fn is_streamed(self) -> bool {
        matches!(self, Self::Streamed | Self::StreamHangs | Self::BeyondWindow | Self::BrokenOff)
    }

    /// Whether others on the worker may suffer.
    pub fn is_harmful(self) -> bool {
        HARMFUL.contains(&self)
    }

    /// Whether the invocation itself ends like this.
    pub fn is_own(self, failure: &Failure) -> bool {
        match self {
            Self::Uncaught | Self::BrokenOff => *failure == Failure::Uncaught,
            // A part of the request may have crossed with that word.
            Self::SaidTimeout => *failure == Failure::NeighbourStopped,
            Self::BadResponse => *failure == Failure::BadResponse,
            Self::TooLong => matches!(failure, Failure::OutputTooLarge { .. }),
            Self::CpuTime => matches!(failure, Failure::CpuTime { .. }),
            Self::OutOfMemory => matches!(failure, Failure::OutOfMemory { .. }),
            _ => false,
        }
    }
}
