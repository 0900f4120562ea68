//! Lines as somebody finds them who goes through the log step by step.

use bunbase_telemetry::{Filter, Kept, STEP, Store};

pub fn all() -> Filter {
    Filter::default()
}

/// The newest `limit`, the oldest of them first.
pub fn lines(store: &Store, filter: &Filter, limit: u32) -> Vec<Kept> {
    let (first, last) = store.ends().unwrap();
    let (mut before, mut ids) = (last + 1, Vec::new());
    while before > first && ids.len() < limit as usize {
        let wanted = limit - u32::try_from(ids.len()).unwrap();
        ids.extend(store.back(filter, before, wanted).unwrap());
        before -= STEP;
    }
    let mut found = Vec::new();
    let mut looked = ids.last().map_or(last, |id| id - 1);
    while looked < last {
        let page = store.page(filter, looked, last).unwrap();
        looked = page.looked;
        found.extend(page.lines);
    }
    assert_eq!(found.iter().rev().map(|line| line.id).collect::<Vec<_>>(), ids);
    found
}

pub fn messages(store: &Store, filter: &Filter, limit: u32) -> Vec<String> {
    lines(store, filter, limit).into_iter().map(|kept| kept.line.message).collect()
}
