//! The list of system calls itself.

use std::collections::HashSet;

use bunbase_jail::seccomp::{answered, calls, calls_for_files};
use bunbase_manifest::{FileView, Runtime};

/// What Bun lives with; each one more is for an attacker, too.
const MOST: usize = 41;

#[test]
fn every_call_on_the_list_has_its_reason() {
    let written =
        FileView::Granted { read: Vec::new(), write: vec!["/srv".parse().expect("a path")] };
    let (allowed, more) = (calls(Runtime::Bun), calls_for_files(Runtime::Bun, &written));
    let answered = answered(Runtime::Bun);
    println!("{} calls, {} more for files, {} answered", allowed.len(), more.len(), answered.len());
    assert!(allowed.iter().chain(more).all(|call| !call.reason.is_empty()));
    assert!(answered.iter().all(|call| !call.reason.is_empty()));
}

#[test]
fn the_list_is_as_short_as_it_is_said_to_be_and_names_none_twice() {
    let allowed = calls(Runtime::Bun);
    assert!(allowed.len() <= MOST, "{}", allowed.len());
    let numbers: HashSet<_> = allowed.iter().map(|call| call.number).collect();
    assert_eq!(numbers.len(), allowed.len());
    assert!(calls_for_files(Runtime::Bun, &FileView::Nothing).is_empty());
}

#[test]
fn what_is_answered_with_an_error_is_named_once() {
    let answered = answered(Runtime::Bun);
    let numbers: HashSet<_> = answered.iter().map(|call| call.number).collect();
    assert_eq!(numbers.len(), answered.len());
    assert!(answered.iter().all(|call| call.errno > 0));
}
