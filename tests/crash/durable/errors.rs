//! Each system call of a deploy that is about the disk fails, one at a time.

use std::time::Instant;

use bunbase_client::Error;

use super::book::{Book, Fate};
use super::disk;
use super::ipcd::Ipcd;
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

/// What fails, how, and whether ipcd is killed when it has answered.
#[derive(Debug, Clone, Copy)]
struct Failure<'a> {
    call: &'a Call,
    errno: &'static str,
    then_killed: bool,
}

fn failures(calls: &[Call]) -> Vec<Failure<'_>> {
    let both =
        |(call, errno)| [false, true].map(|then_killed| Failure { call, errno, then_killed });
    let each = calls.iter().flat_map(|call| errors(call).iter().map(move |errno| (call, *errno)));
    each.flat_map(both).collect()
}

/// What became of the deploy.
fn failed_at(before: &Before, failure: Failure<'_>) -> Result<Fate, String> {
    let Failure { call, errno, then_killed } = failure;
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
    let fate = look(&mut client)
        .and_then(|seen| book.judge(&before.step, &[may], seen))
        .and_then(|fate| disk::whole(&ipcd.state()).map(|()| fate))
        .map_err(|wrong| format!("answered {answer:?}: {wrong}\n{}", ipcd.log()))?;
    let dies = |ipcd: &mut Ipcd, step: &Step, book: &mut Book| {
        ipcd.kill();
        check(ipcd, book, step, &[Fate::NotMade])
    };
    if then_killed {
        // Nothing changes any more: what was made stays, what was refused does not come back.
        dies(&mut ipcd, &before.step, &mut book)?;
    }
    let next = Step::deploy(FUNCTIONS[0]);
    acknowledged(&ipcd, &mut book, &next);
    dies(&mut ipcd, &next, &mut book)?;
    if ipcd.log().contains("panicked") { Err(ipcd.log()) } else { Ok(fate) }
}

#[test]
fn whatever_call_of_a_deploy_fails_what_is_acknowledged_is_there_and_the_next_deploy_works() {
    let (begun, before) = (Instant::now(), Before::new());
    let all = failures(&before.calls);
    let (mut made, mut refused) = (0, 0);
    // An odd step, so that there are some of each kind.
    for failure in all.iter().step_by(number("EACH", 9)) {
        let fate = failed_at(&before, *failure);
        match fate.unwrap_or_else(|wrong| panic!("{failure:?}: {wrong}")) {
            Fate::Made => made += 1,
            Fate::NotMade => refused += 1,
        }
    }
    println!(
        "{} of {} failures in {:?}: {refused} deploys refused, {made} made all the same, 0 falsely",
        made + refused,
        all.len(),
        begun.elapsed()
    );
    assert!(made > 0 && refused > 0);
}

/// It may have been put there by a deploy that died, or failed, before it was known to be on the disk.
#[test]
fn a_bundle_that_is_there_already_is_made_sure_to_be_on_the_disk_before_its_version_is() {
    let (ipcd, [a, ..]) = (Ipcd::start(), FUNCTIONS);
    let steps = [Step::deploy(a), Step::deploy(a)];
    steps.iter().for_each(|step| step.make(&mut ipcd.client()).unwrap());
    let strace = Strace::attach(ipcd.pid(), None);
    steps[0].make(&mut ipcd.client()).unwrap();
    let calls = strace.calls();
    let nth =
        |of: &str| calls.iter().position(|call| call.name == "fsync" && call.line.contains(of));
    let (folder, log) = (nth("/bundles>)"), nth("registry.db-wal>)"));
    assert!(folder.is_some() && folder < log, "{calls:#?}");
}
