//! What holds in every state, what is so at each end, and what does happen.

use stateright::{Model, Property};

use super::scenario::Scenario;
use super::state::Wrong::{
    self, AnsweredTwice, AppliedTwice, AskedTwice, BegunOnOld, ForeignAnswer,
};
use super::state::Wrong::{GrantedEarly, GrantedOther, GrantedTerminated, Shared, StartedUnknown};
use super::state::Wrong::{StoppedInUse, TickAgain};
use super::state::{Life, Packet, Process, Request, State};
use super::step::Step;
use crate::worker::Cause;

impl Model for Scenario {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self)]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        state.steps(self, steps);
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut state = state.clone();
        state.take(self, step);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = always();
        properties.extend(sometimes().into_iter().filter(|p| self.shows.contains(&p.name)));
        properties
    }
}

pub const SHARED: &str = "no worker is granted to two";
pub const TERMINATED: &str = "no worker is granted that was terminated";
pub const ONCE: &str = "a request is answered once, by the worker that it runs on";
pub const IN_FORCE: &str = "nothing begins on what was replaced";
pub const BOUNDS: &str = "there are no more workers than may be";
pub const PROTOCOL: &str = "the pool keeps to its own protocol";
pub const REST: &str = "whatever happens ends, and then nobody waits and nothing is held";

pub const STARTS: &str = "no workers are started again and again";

/// Workers that are started on any way, with room to spare.
const MOST_STARTS: u64 = 12;

fn always() -> Vec<Property<Scenario>> {
    vec![
        Property::always(STARTS, |_, state: &State| state.pool.last_worker <= MOST_STARTS),
        Property::always(SHARED, |_, state| none_of(state, &[Shared])),
        Property::always(TERMINATED, |_, state| none_of(state, &[GrantedTerminated])),
        Property::always(ONCE, |_, state| none_of(state, &[AnsweredTwice, ForeignAnswer])),
        Property::always(IN_FORCE, |_, state| none_of(state, &[BegunOnOld])),
        Property::always(BOUNDS, within_bounds),
        Property::always(PROTOCOL, |_, state| {
            let wrong = [GrantedEarly, GrantedOther, StoppedInUse, AskedTwice, StartedUnknown];
            none_of(state, &wrong) && none_of(state, &[AppliedTwice, TickAgain])
        }),
        Property::always(REST, |scenario, state| !is_end(scenario, state) || is_at_rest(state)),
    ]
}

pub const LATE: &str = "an answer comes when nobody waits for it";
pub const KILLED: &str = "a worker is killed for its holder";
pub const REVOKED: &str = "a holder is asked for an older worker";
pub const LINE: &str = "one that stood in line is granted a worker";
pub const EVICTED: &str = "a worker makes room for another function's";
pub const STUBBORN: &str = "a worker that does not stop is killed";
pub const IDLE: &str = "a worker is stopped that nobody wanted for long enough";
pub const ADOPTED: &str = "a candidate's worker serves";
pub const WORN: &str = "a worn worker is replaced";
pub const REMOVED: &str = "a request for what was removed is refused";
pub const LOST: &str = "a worker is killed because its holder has gone";

fn sometimes() -> Vec<Property<Scenario>> {
    vec![
        Property::sometimes(LATE, |_, state: &State| {
            state.processes.values().any(|p| is_late(state, p))
        }),
        Property::sometimes(KILLED, |_, state| {
            lives(state, |life| matches!(life, Life::Killed(Cause::Holder(_))))
        }),
        Property::sometimes(REVOKED, |_, state: &State| {
            !state.registry.changes.is_empty() && packets(state, |p| matches!(p, Packet::Revoke(_)))
        }),
        Property::sometimes(LINE, |_, state| {
            packets(state, |packet| match packet {
                Packet::Queued(ticket) => is_granted(state, *ticket),
                _ => false,
            })
        }),
        Property::sometimes(EVICTED, |_, state| {
            lives(state, |life| life == Life::Told(Cause::Evicted))
        }),
        Property::sometimes(STUBBORN, |_, state| {
            lives(state, |life| life == Life::Killed(Cause::Stubborn))
        }),
        Property::sometimes(IDLE, |_, state| {
            lives(state, |life| life == Life::Told(Cause::IdleTimeout))
        }),
        Property::sometimes(ADOPTED, |_, state: &State| {
            let adopted = |p: &Process| p.target.is_candidate() && p.works_at.is_some();
            state.processes.values().any(adopted)
        }),
        Property::sometimes(WORN, |_, state| lives(state, |life| life == Life::Told(Cause::Worn))),
        Property::sometimes(REMOVED, |_, state| {
            packets(state, |packet| matches!(packet, Packet::Refused { is_final: true, .. }))
        }),
        Property::sometimes(LOST, |_, state| {
            lives(state, |life| life == Life::Killed(Cause::HolderGone))
        }),
    ]
}

fn none_of(state: &State, wrong: &[Wrong]) -> bool {
    state.wrong.is_none_or(|happened| !wrong.contains(&happened))
}

fn within_bounds(scenario: &Scenario, state: &State) -> bool {
    let there = state.processes.values().filter(|process| process.life != Life::Reaped).count();
    let newest = state.registry.last_revision;
    let each = (0..scenario.functions).flat_map(|f| (1..=newest).map(move |r| (f, r)));
    there <= scenario.workers as usize
        && each.map(|(f, r)| state.workers_of(f, r)).all(|count| count <= scenario.max as usize)
}

/// Nothing can happen any more.
fn is_end(scenario: &Scenario, state: &State) -> bool {
    let mut steps = Vec::new();
    state.steps(scenario, &mut steps);
    steps.is_empty() && state.wrong.is_none()
}

/// Every request has come to its end, every change is in force, and workers are free or gone.
fn is_at_rest(state: &State) -> bool {
    let over = |request: &Request| {
        matches!(request, Request::Answered | Request::Failed | Request::GaveUp)
    };
    let holders = &state.holders;
    let quiet =
        holders.iter().all(|h| h.leases.is_empty() && h.wishes.is_empty() && h.probe.is_none());
    let pool = state.pool.leases.is_empty() && state.pool.waiting.is_empty();
    let processes = state.processes.values().all(|process| process.life == Life::Up);
    let world = state.leases.is_empty() && state.wishes.is_empty();
    let registry = state.registry.changes.is_empty();
    state.requests.iter().all(over) && quiet && pool && world && processes && registry
}

fn is_late(state: &State, process: &Process) -> bool {
    process.said.is_some_and(|request| state.requests[request] == Request::Failed)
}

fn lives(state: &State, is: impl Fn(Life) -> bool) -> bool {
    state.processes.values().any(|process| is(process.life))
}

fn packets(state: &State, is: impl Fn(&Packet) -> bool) -> bool {
    state.holders.iter().flat_map(|holder| &holder.inbox).any(is)
}

fn is_granted(state: &State, wished: u64) -> bool {
    packets(state, |packet| matches!(packet, Packet::Granted { ticket, .. } if *ticket == wished))
}
