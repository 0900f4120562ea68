//! What the outside may do, at random.

use proptest::prelude::*;

/// One thing that the outside does; numbers pick among what is there.
#[derive(Debug, Clone)]
pub enum Op {
    Acquire(usize, usize),
    /// A revision is stored, and a worker of it wanted before it is in service.
    Probe(usize, usize),
    Promote(usize),
    Cancel(usize),
    Release(usize),
    Kill(usize),
    Worn(usize),
    HolderGone(usize),
    Answer,
    FailToAnswer,
    RegistryRestarts,
    SpawnSucceeds(usize),
    SpawnFails(usize),
    Dies(usize),
    DiesByItself(usize),
    SeesRevoke,
    Deploy(usize),
    Remove(usize),
    Nonsense(usize),
    Wait(u64),
}

pub fn op() -> impl Strategy<Value = Op> {
    let n = 0..64_usize;
    prop_oneof![
        8 => (n.clone(), n.clone()).prop_map(|(h, f)| Op::Acquire(h, f)),
        1 => (n.clone(), n.clone()).prop_map(|(h, f)| Op::Probe(h, f)),
        1 => n.clone().prop_map(Op::Promote),
        1 => n.clone().prop_map(Op::Cancel),
        5 => n.clone().prop_map(Op::Release),
        2 => n.clone().prop_map(Op::Kill),
        1 => n.clone().prop_map(Op::Worn),
        1 => n.clone().prop_map(Op::HolderGone),
        6 => Just(Op::Answer),
        1 => Just(Op::FailToAnswer),
        1 => Just(Op::RegistryRestarts),
        6 => n.clone().prop_map(Op::SpawnSucceeds),
        1 => n.clone().prop_map(Op::SpawnFails),
        5 => n.clone().prop_map(Op::Dies),
        1 => n.clone().prop_map(Op::DiesByItself),
        4 => Just(Op::SeesRevoke),
        1 => n.clone().prop_map(Op::Deploy),
        1 => n.clone().prop_map(Op::Remove),
        1 => n.prop_map(Op::Nonsense),
        2 => (0..20_000_u64).prop_map(Op::Wait),
    ]
}
