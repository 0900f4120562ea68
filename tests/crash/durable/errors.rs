//! Each system call of a deploy that is about the disk fails, one at a time.

use std::time::Instant;

use bunbase_client::Error;

use super::book::Fate;
use super::disk;
use super::kills::{acknowledged, check, number};
use super::look::look;
use super::points::Before;
use super::step::{FUNCTIONS, Step};
use super::strace::{Call, Strace};

/// What a call can fail with.
fn errors(call: &Call) -> &'static [&'static str] {
    match call.name.as_str() {
        "openat" => &["EIO", "ENOSPC", "EMFILE"],
        _ => &["EIO", "ENOSPC"],
    }
}

/// What became of the deploy.
fn failed_at(before: &Before, call: &Call, errno: &str) -> Result<Fate, String> {
    let (mut ipcd, mut book) = (before.start(), before.book.clone());
    let mut client = ipcd.client();
    let strace = Strace::attach(ipcd.pid(), Some(&call.fails(errno)));
    let answer = before.step.make(&mut client);
    let calls = strace.calls();
    let injected = calls.iter().find(|call| call.line.contains("(INJECTED)"));
    if !injected.is_some_and(|call| call.is_on_disk()) {
        return Err(format!("it did not fail there, but at {injected:?}"));
    }
    let may = match answer {
        Ok(()) => Fate::Made,
        Err(Error::Answered(_)) => Fate::NotMade,
        Err(error) => return Err(format!("no answer: {error:?}\n{}", ipcd.log())),
    };
    let log = |wrong: String| format!("answered {answer:?}: {wrong}\n{}", ipcd.log());
    let fate = look(&mut client)
        .and_then(|seen| book.judge(&before.step, &[may], seen))
        .and_then(|fate| disk::whole(&ipcd.state()).map(|()| fate))
        .map_err(log)?;
    let next = Step::deploy(FUNCTIONS[0]);
    acknowledged(&ipcd, &mut book, &next);
    ipcd.kill();
    check(&mut ipcd, &mut book, &next, &[Fate::NotMade])?;
    if ipcd.log().contains("panicked") { Err(ipcd.log()) } else { Ok(fate) }
}

#[test]
fn whatever_call_of_a_deploy_fails_what_is_acknowledged_is_there_and_the_next_deploy_works() {
    let (begun, before) = (Instant::now(), Before::new());
    let points = before.calls.iter().filter(|call| call.is_on_disk());
    let points: Vec<(&Call, &str)> =
        points.flat_map(|call| errors(call).iter().map(move |errno| (call, *errno))).collect();
    let (mut made, mut refused) = (0, 0);
    for (call, errno) in points.iter().step_by(number("EACH", 4)) {
        let fate = failed_at(&before, call, errno);
        match fate.unwrap_or_else(|wrong| panic!("{errno} at {}: {wrong}", call.line)) {
            Fate::Made => made += 1,
            Fate::NotMade => refused += 1,
        }
    }
    println!(
        "{} of {} failures in {:?}: {refused} deploys refused, {made} made all the same, 0 falsely",
        made + refused,
        points.len(),
        begun.elapsed()
    );
    assert!(made > 0 && refused > 0);
}
