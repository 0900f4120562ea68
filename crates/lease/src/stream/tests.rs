//! A stream whose worker is played by the test.

use bunbase_manifest::{ByteSize, Limits as Usable, Millis, Name};
use bunbase_wire::lease::Granted;
use bunbase_wire::worker::{Failure as Told, FailureCode, Head, Prepared, Response};
use bytes::Bytes;
use tokio::net::UnixStream;
use tokio::sync::oneshot;

use super::*;

type Orders = mpsc::UnboundedSender<Order>;

/// A stream of a fresh lease, the worker's end of it, and where its orders come from.
fn stream() -> (Stream<UnixStream>, UnixStream, Orders) {
    let name: Name = "f".parse().unwrap();
    let (orders, receiver) = mpsc::unbounded_channel();
    let mut books = Books::default();
    let mut place = books.wait(&name).unwrap();
    let granted = Granted {
        ticket: 1,
        lease: 7,
        worker: 1,
        pid: 1,
        readiness: Readiness::Raw,
        version: "0".repeat(64).parse().unwrap(),
        concurrency: 1,
        limits: Usable { timeout: Millis::from_secs(1), ..Usable::default() },
        max_body: ByteSize::mib(1),
        queue: 3,
        invocations: 1_000,
    };
    books.granted(&granted, orders.clone());
    let terms = place.try_recv().unwrap().unwrap().terms;
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (entered, quiet) = (Entered::Serving(terms), Duration::from_secs(1));
    (Stream::new(entered, Readiness::Raw, quiet, ours, receiver), theirs, orders)
}

/// An invocation that is under way; its id.
fn invoke(stream: &mut Stream<UnixStream>) -> (u64, oneshot::Receiver<crate::inflight::Outcome>) {
    let (answer, receiver) = oneshot::channel();
    let id = stream.first_id;
    let invoke = Box::new(Prepared {
        id,
        request_id: "r".into(),
        head: Head::new("GET", "http://f/"),
        timeout_ms: 1000,
        more: false,
        body: Bytes::new(),
    });
    let order = Order::Invoke(Pending { invoke, answer, window: None, until: 0 });
    assert!(stream.follow(Some(order)).is_ok());
    (id, receiver)
}

fn response(id: u64) -> FromWorker {
    let (headers, body) = (Vec::new(), Bytes::new());
    FromWorker::Response(Response { id, status: 200, headers, more: false, used: None, body })
}

#[tokio::test]
async fn what_is_still_to_be_written_when_the_lease_ends_is_written() {
    let (mut stream, theirs, orders) = stream();
    let (id, _receiver) = invoke(&mut stream);
    orders.send(Order::End).unwrap();
    assert!(matches!(stream.follow(Some(Order::Cancel(id))), Err(End::Clean)));
    let mut text = vec![0; 4096];
    theirs.readable().await.unwrap();
    let length = theirs.try_read(&mut text).unwrap();
    assert!(String::from_utf8_lossy(&text[..length]).contains("\"cancel\""));
}

#[tokio::test]
async fn late_words_about_what_an_earlier_holder_asked_for_are_ignored() {
    let (mut stream, _theirs, _orders) = stream();
    let earlier = stream.first_id - 1;
    for word in [response(earlier), FromWorker::Pending { id: earlier }] {
        assert!(stream.take(word).is_ok());
    }
    assert!(stream.take(response(stream.first_id)).is_err(), "nobody has asked for that");
}

#[tokio::test]
async fn the_lease_ends_when_what_goes_on_behind_an_answer_is_done() {
    let (mut stream, _theirs, _orders) = stream();
    let (id, mut receiver) = invoke(&mut stream);
    assert!(stream.take(FromWorker::Pending { id }).is_ok());
    assert!(stream.take(response(id)).is_ok());
    assert!(receiver.try_recv().is_ok());
    assert!(stream.follow(Some(Order::End)).is_ok(), "something goes on");
    assert!(stream.ending && stream.keeps_lease());
    assert!(stream.take(FromWorker::Done { id }).is_ok());
    assert!(!stream.keeps_lease());
}

#[tokio::test]
async fn nothing_new_is_sent_to_a_worker_that_ends_for_its_cpu_time() {
    let (mut stream, theirs, _orders) = stream();
    let (id, mut first) = invoke(&mut stream);
    let (code, message) = (FailureCode::CpuTime, String::new());
    let told = Told { id: Some(id), code, message, stack: None, used: None };
    assert!(stream.take(FromWorker::Error(told)).is_ok());
    let failed = first.try_recv().unwrap().err();
    let limit = Usable::default().cpu_time;
    assert_eq!(failed, Some(Unanswered::Failed(Failure::CpuTime { limit })));
    let (_, mut second) = invoke(&mut stream);
    assert!(matches!(second.try_recv().unwrap(), Err(Unanswered::NeverBegun(..))));
    drop(theirs);
    let is_given_up = |end: &_| matches!(end, Err(End::Broken(KillReason::CpuTime, _)));
    assert!(is_given_up(&stream.follow(Some(Order::End))), "nobody else is to have it");
    let readable = stream.socket.readable().await;
    assert!(is_given_up(&stream.read(readable)));
}

/// What becomes of an invocation under way when the stream runs until its end.
async fn outcome(
    stream: Stream<UnixStream>,
    receiver: oneshot::Receiver<crate::inflight::Outcome>,
) -> Option<Unanswered> {
    stream.run(Rc::default(), Rc::default()).await;
    receiver.await.unwrap().err()
}

#[tokio::test]
async fn a_worker_that_dies_before_it_has_read_an_invocation_never_began_with_it() {
    let (mut stream, theirs, _orders) = stream();
    let (_, receiver) = invoke(&mut stream);
    drop(theirs);
    let never_begun = outcome(stream, receiver).await;
    assert!(matches!(never_begun, Some(Unanswered::NeverBegun(_, Failure::WorkerDied))));
}

#[tokio::test]
async fn an_invocation_that_finds_its_worker_dead_was_never_begun() {
    let (mut stream, theirs, _orders) = stream();
    drop(theirs);
    let (_, receiver) = invoke(&mut stream);
    let never_begun = outcome(stream, receiver).await;
    assert!(matches!(never_begun, Some(Unanswered::NeverBegun(_, Failure::WorkerDied))));
}

#[tokio::test]
async fn a_worker_that_dies_when_it_has_read_an_invocation_may_have_begun_with_it() {
    let (mut stream, theirs, _orders) = stream();
    let (_, receiver) = invoke(&mut stream);
    theirs.readable().await.unwrap();
    assert!(theirs.try_read(&mut [0; 4096]).unwrap() > 0);
    drop(theirs);
    let failed = outcome(stream, receiver).await;
    assert_eq!(failed, Some(Unanswered::Failed(Failure::WorkerDied)));
}

#[tokio::test]
async fn of_two_invocations_the_dead_worker_may_have_begun_with_the_first() {
    let (mut stream, theirs, orders) = stream();
    let (_, first) = invoke(&mut stream);
    stream.first_id += 1;
    let (_, second) = invoke(&mut stream);
    drop(theirs);
    stream.run(Rc::default(), Rc::default()).await;
    assert_eq!(first.await.unwrap().err(), Some(Unanswered::Failed(Failure::WorkerDied)));
    assert!(matches!(second.await.unwrap(), Err(Unanswered::NeverBegun(..))));
    drop(orders);
}

#[tokio::test]
async fn whoever_reads_a_body_is_told_why_it_ends() {
    let (mut stream, theirs, _orders) = stream();
    let (id, receiver) = invoke(&mut stream);
    let FromWorker::Response(head) = response(id) else { unreachable!() };
    assert!(stream.take(FromWorker::Response(Response { more: true, ..head })).is_ok());
    let (_, parts) = receiver.await.unwrap().unwrap();
    drop(theirs);
    stream.leave(&Failure::NeighbourStopped, false);
    let part = parts.unwrap().recv().await;
    let told = matches!(part, Some(crate::body::Part::Failed(Failure::NeighbourStopped)));
    assert!(told, "{part:?}");
}
