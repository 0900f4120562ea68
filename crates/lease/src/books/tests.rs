//! The books against a schedulerd that a test plays.

use bunbase_manifest::{ByteSize, Limits, Millis, Name};
use bunbase_wire::lease::{Granted, Readiness, Refused, Ticket, ToScheduler};
use tokio::sync::{mpsc, oneshot};

use super::{Books, Slot};
use crate::Failure;
use crate::stream::Order;

type Orders = mpsc::UnboundedReceiver<Order>;
type Place = oneshot::Receiver<Result<Slot, Failure>>;

fn name() -> Name {
    "f".parse().unwrap()
}

fn granted(ticket: Ticket, lease: u64, concurrency: u32) -> Granted {
    Granted {
        ticket,
        lease,
        worker: lease,
        pid: 1,
        readiness: Readiness::Unread,
        version: "0".repeat(64).parse().unwrap(),
        concurrency,
        limits: Limits { timeout: Millis::from_secs(1), ..Limits::default() },
        max_body: ByteSize::mib(1),
        queue: 3,
        invocations: 2,
    }
}

fn grant(books: &mut Books, ticket: Ticket, lease: u64, concurrency: u32) -> Orders {
    let (orders, receiver) = mpsc::unbounded_channel();
    books.granted(&granted(ticket, lease, concurrency), orders);
    receiver
}

/// The tickets that were asked for.
fn acquired(books: &mut Books) -> Vec<Ticket> {
    let ticket = |message| match message {
        ToScheduler::Acquire { ticket, .. } => Some(ticket),
        _ => None,
    };
    books.messages().into_iter().filter_map(ticket).collect()
}

fn release(lease: u64, served: u64) -> ToScheduler {
    ToScheduler::Release { lease, readiness: Readiness::Raw, served }
}

fn slot(place: &mut Place) -> Option<Slot> {
    place.try_recv().ok().map(|served| served.expect("a slot"))
}

fn is_told_to_end(orders: &mut Orders) -> bool {
    matches!(orders.try_recv(), Ok(Order::End))
}

#[test]
fn those_who_wait_are_served_in_their_order_and_no_more_than_there_are_slots() {
    let mut books = Books::default();
    let mut places: Vec<Place> = (0..3).map(|_| books.wait(&name()).unwrap()).collect();
    let tickets = acquired(&mut books);
    assert_eq!(tickets.len(), 1, "one worker may have room for all");
    let _orders = grant(&mut books, tickets[0], 1, 2);
    let first = slot(&mut places[0]).unwrap();
    assert!(slot(&mut places[1]).is_some());
    assert!(slot(&mut places[2]).is_none());
    assert_eq!(acquired(&mut books).len(), 1, "another worker for the third");
    books.give_slot_back(&first);
    assert!(slot(&mut places[2]).is_some());
    assert!(books.take_slot(&name()).is_none());
}

#[test]
fn a_wish_is_withdrawn_when_nobody_waits_any_more() {
    let mut books = Books::default();
    let place = books.wait(&name()).unwrap();
    let ticket = acquired(&mut books)[0];
    drop(place);
    books.left(&name());
    assert_eq!(books.messages(), [ToScheduler::Cancel { ticket }]);
    // The grant had been under way already.
    let _orders = grant(&mut books, ticket, 1, 2);
    let release = ToScheduler::Release { lease: 1, readiness: Readiness::Unread, served: 0 };
    assert_eq!(books.messages(), [release]);
}

#[test]
fn the_line_has_the_length_that_the_function_says() {
    let mut books = Books::default();
    let mut first = books.wait(&name()).unwrap();
    let ticket = acquired(&mut books)[0];
    let _orders = grant(&mut books, ticket, 1, 1);
    let _held = slot(&mut first).unwrap();
    let _line: Vec<Place> = (0..3).map(|_| books.wait(&name()).unwrap()).collect();
    assert!(matches!(books.wait(&name()), Err(Failure::QueueFull { limit: 3 })));
}

#[test]
fn a_revoked_lease_gives_no_slot_and_ends_when_its_last_is_back() {
    let mut books = Books::default();
    let mut place = books.wait(&name()).unwrap();
    let ticket = acquired(&mut books)[0];
    let mut orders = grant(&mut books, ticket, 7, 2);
    let held = slot(&mut place).unwrap();
    books.revoke(7);
    assert_eq!(books.messages(), [ToScheduler::Revoking { lease: 7 }]);
    assert!(books.take_slot(&name()).is_none());
    assert!(!is_told_to_end(&mut orders));
    books.give_slot_back(&held);
    assert!(is_told_to_end(&mut orders));
}

#[test]
fn a_refusal_reaches_those_who_wait_unless_another_worker_will_serve_them() {
    let mut books = Books::default();
    let mut alone = books.wait(&name()).unwrap();
    let ticket = acquired(&mut books)[0];
    books.refused(ticket, &Refused::SpawnFailed);
    assert!(matches!(alone.try_recv(), Ok(Err(Failure::Refused(Refused::SpawnFailed)))));

    let mut first = books.wait(&name()).unwrap();
    let ticket = acquired(&mut books)[0];
    let _orders = grant(&mut books, ticket, 1, 1);
    let held = slot(&mut first).unwrap();
    let mut second = books.wait(&name()).unwrap();
    let ticket = acquired(&mut books)[0];
    books.refused(ticket, &Refused::SpawnFailed);
    books.give_slot_back(&held);
    assert!(slot(&mut second).is_some());
}

#[test]
fn when_schedulerd_is_gone_leases_are_finished_and_wishes_made_anew() {
    let mut books = Books::default();
    let mut place = books.wait(&name()).unwrap();
    let ticket = acquired(&mut books)[0];
    let mut old = grant(&mut books, ticket, 1, 1);
    let held = slot(&mut place).unwrap();
    let mut waiting = books.wait(&name()).unwrap();
    let _ = books.messages();
    books.disconnected();
    let again = acquired(&mut books);
    assert_eq!(again.len(), 1);
    // The successor's numbers begin anew: its lease 1 is another one.
    let mut new = grant(&mut books, again[0], 1, 1);
    assert!(slot(&mut waiting).is_some());
    books.give_slot_back(&held);
    assert!(is_told_to_end(&mut old));
    assert!(!is_told_to_end(&mut new));
    books.ended(held.terms.key, release);
    assert_eq!(books.messages(), [], "the successor never had that lease");
}

#[test]
fn functions_that_nobody_wants_leave_nothing_behind() {
    let mut books = Books::default();
    for n in 0..100 {
        let name: Name = format!("f{n}").parse().unwrap();
        let place = books.wait(&name).unwrap();
        let ticket = acquired(&mut books)[0];
        books.refused(ticket, &Refused::NoSuchFunction);
        drop(place);
        books.left(&name);
    }
    assert!(books.is_empty());
}

#[test]
fn a_worker_that_has_served_for_long_enough_is_reported_once_and_serves_on() {
    let mut books = Books::default();
    let mut place = books.wait(&name()).unwrap();
    let ticket = acquired(&mut books)[0];
    let _orders = grant(&mut books, ticket, 1, 10);
    let first = slot(&mut place).unwrap();
    assert_eq!(books.messages(), []);
    assert!(books.take_slot(&name()).is_some());
    assert_eq!(books.messages(), [ToScheduler::Worn { lease: 1 }]);
    assert!(books.take_slot(&name()).is_some());
    books.worn(first.terms.key);
    assert_eq!(books.messages(), []);
    books.ended(first.terms.key, release);
    assert_eq!(books.messages(), [release(1, 3)]);
}
