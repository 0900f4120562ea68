//! The table of states × inputs, as the documentation has it.

use std::time::Instant;

use bunbase_wire::lease::Readiness;

use super::{Busy, Cause, Effect, Idle, Input, Starting, State, Terminated, Warm};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/worker-states.md");

const HEAD: &str = "\
# A worker's states

What schedulerd does with a worker on each input: the state after it, and what is done. A dash: nothing changes.
This page is made by the test `the_documented_table_is_the_one_in_force`; `UPDATE_DOCS=1 make test` writes it anew.

";

fn states(now: Instant) -> Vec<(&'static str, State)> {
    let busy = |revoked, yielding| {
        State::Busy(Busy { lease: 1, holder: 1, since: now, revoked, yielding })
    };
    let terminated =
        |killed| State::Terminated(Terminated { since: now, cause: Cause::Evicted, killed });
    vec![
        ("STARTING", State::Starting(Starting { doomed: None })),
        ("STARTING, doomed", State::Starting(Starting { doomed: Some(Cause::Evicted) })),
        ("WARM", State::Warm(Warm { since: now })),
        ("BUSY", busy(false, false)),
        ("BUSY, revoked", busy(true, false)),
        ("BUSY, yielding", busy(true, true)),
        ("IDLE", State::Idle(Idle { since: now, readiness: Readiness::Raw })),
        ("TERMINATED", terminated(false)),
        ("TERMINATED, killed", terminated(true)),
    ]
}

fn inputs() -> [(&'static str, Input); 8] {
    [
        ("spawned", Input::Spawned),
        ("assign", Input::Assign { lease: 1, holder: 1 }),
        ("revoke", Input::Revoke),
        ("yield", Input::Yield),
        ("release", Input::Release(Readiness::Raw)),
        ("retire", Input::Retire(Cause::Evicted)),
        ("kill", Input::Kill(Cause::Evicted)),
        ("grace over", Input::GraceOver),
    ]
}

fn name(state: &State, now: Instant) -> &'static str {
    let same = states(now).into_iter().find(|(_, known)| known == state);
    same.map_or("?", |(name, _)| name)
}

fn cell(before: &State, input: Input, now: Instant) -> String {
    let (after, effect) = before.clone().step(input, now);
    let after = match &after {
        State::Terminated(t) => {
            name(&State::Terminated(Terminated { cause: Cause::Evicted, ..t.clone() }), now)
        }
        other => name(other, now),
    };
    let before = name(before, now);
    match (after == before, effect) {
        (true, Effect::None) => "–".to_owned(),
        (_, Effect::None) => after.to_owned(),
        (_, Effect::Revoke { .. }) => format!("{after}; ask the holder"),
        (_, Effect::Stop(_)) => format!("{after}; close the stream"),
        (_, Effect::Kill(_)) => format!("{after}; SIGKILL"),
    }
}

fn page() -> String {
    let now = Instant::now();
    let columns: Vec<&str> = inputs().iter().map(|(name, _)| *name).collect();
    let mut page =
        format!("{HEAD}| | {} |\n|---|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    for (name, state) in states(now) {
        let cells: Vec<String> =
            inputs().iter().map(|(_, input)| cell(&state, *input, now)).collect();
        page += &format!("| **{name}** | {} |\n", cells.join(" | "));
    }
    page
}

#[test]
fn the_documented_table_is_the_one_in_force() {
    let page = page();
    assert!(!page.contains('?'), "{page}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(DOCUMENT).unwrap(), page, "run: UPDATE_DOCS=1 make test");
}

#[test]
fn terminated_is_final_whatever_comes() {
    let now = Instant::now();
    for (_, input) in inputs() {
        for killed in [false, true] {
            let ended = Terminated { since: now, cause: Cause::Evicted, killed };
            let (after, _) = State::Terminated(ended).step(input, now);
            assert!(matches!(after, State::Terminated(_)), "{input:?}");
        }
    }
}
