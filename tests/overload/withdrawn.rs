//! A request whose client has gone, or whose time is over, is never started: the function counts its starts.

use std::time::Duration;

use bunbase_tests::Suite;
use bunbase_tests::load::Connection;

/// Counts every start but those that ask for the count; spins or sleeps when asked to.
const COUNTER: &str = "let starts = 0;
    export default { async fetch(request) {
        const path = new URL(request.url).pathname;
        if (path === '/count') return new Response(String(starts));
        starts += 1;
        if (path === '/spin') for (const end = Date.now() + 500; Date.now() < end;);
        if (path === '/sleep') await new Promise((done) => setTimeout(done, 500));
        return new Response('ok');
    } };";

fn suite(scale: &str) -> Suite {
    let suite = Suite::start();
    suite.deploy_module("app", &format!("[scale]\nmax = 1\n{scale}"), COUNTER);
    assert_eq!(starts(&suite), 0);
    suite
}

fn starts(suite: &Suite) -> usize {
    suite.get("/functions/app/count").text().parse().unwrap()
}

/// Sends one request on each of so many connections.
fn clients(suite: &Suite, path: &str, count: usize) -> Vec<Connection> {
    let client = |_| {
        let mut connection = Connection::open(suite.address()).unwrap();
        connection.send(path).unwrap();
        connection
    };
    (0..count).map(client).collect()
}

#[test]
fn who_leaves_while_in_the_gateways_line_is_never_started() {
    let suite = suite("concurrency = 1");
    let mut slow = clients(&suite, "/functions/app/sleep", 1);
    std::thread::sleep(Duration::from_millis(100));
    let waiting = clients(&suite, "/functions/app/", 20);
    std::thread::sleep(Duration::from_millis(100));
    drop(waiting);
    assert_eq!(slow[0].receive().unwrap().0, 200);
    assert_eq!(starts(&suite), 1);
}

/// The twin: the same clients, who stay.
#[test]
fn who_stays_in_the_gateways_line_is_started() {
    let suite = suite("concurrency = 1");
    let mut slow = clients(&suite, "/functions/app/sleep", 1);
    std::thread::sleep(Duration::from_millis(100));
    let mut waiting = clients(&suite, "/functions/app/", 20);
    assert_eq!(slow[0].receive().unwrap().0, 200);
    waiting.iter_mut().for_each(|client| assert_eq!(client.receive().unwrap().0, 200));
    assert_eq!(starts(&suite), 21);
}

/// They have been written to the worker, which does not look up from what it computes; so have their cancellations.
#[test]
fn who_leaves_while_the_worker_computes_is_never_started() {
    let suite = suite("concurrency = 10");
    let mut slow = clients(&suite, "/functions/app/spin", 1);
    std::thread::sleep(Duration::from_millis(100));
    let waiting = clients(&suite, "/functions/app/", 8);
    std::thread::sleep(Duration::from_millis(100));
    drop(waiting);
    assert_eq!(slow[0].receive().unwrap().0, 200);
    assert_eq!(starts(&suite), 1);
}

/// They are with the worker in one piece, the one that computes first: it has read the others' invocations before it begins.
#[test]
fn who_leaves_after_the_worker_has_read_the_request_is_never_started() {
    let suite = suite("concurrency = 10");
    let mut first = clients(&suite, "/functions/app/spin", 1);
    std::thread::sleep(Duration::from_millis(100));
    let mut second = clients(&suite, "/functions/app/spin", 1);
    std::thread::sleep(Duration::from_millis(50));
    let waiting = clients(&suite, "/functions/app/", 6);
    // The first has been answered, the second computes.
    assert_eq!(first[0].receive().unwrap().0, 200);
    std::thread::sleep(Duration::from_millis(200));
    drop(waiting);
    assert_eq!(second[0].receive().unwrap().0, 200);
    assert_eq!(starts(&suite), 2);
}

#[test]
fn whose_time_is_over_while_in_line_is_never_started() {
    let suite = suite("concurrency = 1\n[limits]\ntimeout = \"600ms\"");
    let mut slow = clients(&suite, "/functions/app/sleep", 2);
    std::thread::sleep(Duration::from_millis(50));
    // Behind two of 500 ms each: their 600 ms are over before it is their turn.
    let mut late = clients(&suite, "/functions/app/", 5);
    late.iter_mut().for_each(|client| assert_eq!(client.receive().unwrap().0, 503));
    slow.iter_mut().for_each(|client| assert_eq!(client.receive().unwrap().0, 200));
    assert_eq!(starts(&suite), 2);
}
