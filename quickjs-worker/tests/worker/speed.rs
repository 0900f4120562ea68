//! How fast it is: `cargo nextest run --release -p bunbase-quickjs-worker --run-ignored only --no-capture`.

use std::time::{Duration, Instant};

use crate::host::{Host, get, text};

const HELLO: &str = "export default { async fetch(request) {
    const url = new URL(request.url);
    return Response.json({ hello: url.searchParams.get('name') ?? 'world' }) } }";

#[test]
#[ignore = "a measurement, not a claim"]
fn round_trips_with_one_outstanding() {
    let mut host = Host::serving(HELLO);
    let (started, rounds) = (Instant::now(), 100_000_u32);
    (0..rounds).for_each(|id| assert_eq!(host.ask(get(id.into(), "/?name=x")).status, 200));
    let each = started.elapsed() / rounds;
    println!("{each:?} each, {:.0} a second", 1.0 / each.as_secs_f64());
    println!("{}", memory(&host));
}

#[test]
#[ignore = "a measurement, not a claim"]
fn answers_with_many_in_flight() {
    let mut host = Host::serving(HELLO);
    let (started, batches, batch) = (Instant::now(), 3_000_u32, 32_u32);
    let before = time_on_cpu(&host);
    for first in (0..batches).map(|n| n * batch) {
        (first..first + batch).for_each(|id| host.invoke(get(id.into(), "/?name=x")));
        (0..batch).for_each(|_| assert_eq!(host.response().status, 200));
    }
    let each = started.elapsed() / (batches * batch);
    println!("{each:?} each, {:.0} a second", 1.0 / each.as_secs_f64());
    println!("{:?} of CPU each", (time_on_cpu(&host) - before) / (batches * batch));
}

fn time_on_cpu(host: &Host) -> Duration {
    let path = format!("/proc/{}/schedstat", host.child.id());
    let stat = std::fs::read_to_string(path).expect("a living process");
    let nanoseconds = stat.split_whitespace().next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number"))
}

/// What the handler of hello costs without messages, 100 000 times in one invocation.
#[test]
#[ignore = "a measurement, not a claim"]
fn of_the_handler_alone_in_flight() {
    let mut host = Host::serving(
        "function hello(request) {
            const url = new URL(request.url);
            return Response.json({ hello: url.searchParams.get('name') ?? 'world' });
        }
        export default (request) => {
            const started = performance.now();
            for (let i = 0; i < 100000; i++) hello(request);
            return new Response(`${((performance.now() - started) / 100).toFixed(2)} µs of JavaScript each`) }",
    );
    println!("{}", text(&host.ask(get(1, "/?name=x"))));
}

#[test]
#[ignore = "a measurement, not a claim"]
fn from_exec_to_ready() {
    let mut times: Vec<Duration> = (0..200).map(|_| time_to_ready()).collect();
    times.sort();
    println!("median {:?}, 90 % {:?}", times[100], times[180]);
}

fn time_to_ready() -> Duration {
    let started = Instant::now();
    let _host = Host::serving(HELLO);
    started.elapsed()
}

fn memory(host: &Host) -> String {
    let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", host.child.id()));
    let rollup = rollup.expect("a living process");
    rollup.lines().filter(|line| line.starts_with("Rss") || line.starts_with("Pss:")).collect()
}
