//! A client: one call, and what comes of it.

use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bunbase_lease::{Body, BrokenOff, Call, Failure, Invoker, Upload};
use bunbase_wire::worker::Head;
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use crate::ledger::Outcome;
use crate::world::World;

/// A call takes no longer than three turns of waiting and running, and its body: then it hangs.
const BOUND: Duration = Duration::from_secs(250);

/// Removes a call whose client, or whose holder, has gone.
struct Open {
    world: Rc<World>,
    nonce: u64,
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.world.ledger.borrow_mut().dropped(self.nonce) {
            self.world.note(format!("call {} is dropped", self.nonce));
        }
    }
}

/// Calls some function once.
pub async fn call(world: Rc<World>, holder: usize, invoker: Invoker) {
    let function = world.dice.count(0..=world.plan.functions.len() - 1);
    let nonce = world.ledger.borrow_mut().call(function, holder);
    let open = Open { world: Rc::clone(&world), nonce };
    let name = &world.plan.functions[function].name;
    world.note(format!("call {nonce} of {name} at holder {holder}"));
    let leaves = world.dice.chance(world.plan.faults.leaves);
    let leaves = leaves.then(|| world.dice.ms(0..=world.plan.functions[function].timeout));
    tokio::select! {
        biased;
        outcome = timeout(BOUND, run(&world, function, nonce, invoker)) => match outcome {
            Ok(outcome) => finish(&world, nonce, &outcome),
            Err(_) => world.broken(format!("call {nonce} has no outcome after {BOUND:?}")),
        },
        () = leave(leaves) => {}
    }
    drop(open);
}

async fn leave(after: Option<Duration>) {
    match after {
        Some(after) => sleep(after).await,
        None => pending().await,
    }
}

fn finish(world: &World, nonce: u64, outcome: &Outcome) {
    let what = match outcome {
        Ok(body) => format!("200 {}", body.get(..40).unwrap_or(body)),
        Err(failure) => format!("{failure:?}"),
    };
    world.note(format!("call {nonce}: {what}"));
    let found = world.ledger.borrow_mut().finished(nonce, outcome);
    world.check(found);
}

async fn run(world: &Rc<World>, function: usize, nonce: u64, invoker: Invoker) -> Outcome {
    let (body, upload) = request(world, function, nonce);
    let call = Call {
        function: world.plan.functions[function].name.clone(),
        request_id: format!("r{nonce}"),
        head: Head::new("POST", &format!("http://f/{nonce}")),
        body,
        upload,
    };
    let reply = invoker.invoke(call).await?;
    if reply.status != 200 {
        world.broken(format!("call {nonce} has the status {}", reply.status));
    }
    read(world, reply.body).await
}

/// Takes a body at the client's own pace.
async fn read(world: &World, body: Body) -> Outcome {
    let slow = world.dice.chance(200);
    let mut all = Vec::new();
    match body {
        Body::Whole(bytes) => all.extend_from_slice(&bytes),
        Body::Stream(mut parts) => {
            while let Some(part) = parts.next().await {
                all.extend_from_slice(&part?);
                if slow {
                    sleep(world.dice.ms(0..=20)).await;
                }
            }
        }
    }
    Ok(String::from_utf8(all).unwrap())
}

/// What is sent: at once, or by and by.
fn request(world: &Rc<World>, function: usize, nonce: u64) -> (Bytes, Option<Upload>) {
    let length = world.dice.count(0..=5_000);
    if !world.dice.chance(80) {
        world.ledger.borrow_mut().sends(nonce, length);
        return (vec![b'x'; length].into(), None);
    }
    let (parts, receiver) = mpsc::unbounded_channel();
    let pauses = world.plan.functions[function].timeout / 10;
    spawn_local(feed(Rc::clone(world), nonce, pauses, parts));
    (Bytes::new(), Some(Upload::new(None, Parts(receiver))))
}

async fn feed(
    world: Rc<World>,
    nonce: u64,
    pauses: u64,
    parts: mpsc::UnboundedSender<Result<Bytes, BrokenOff>>,
) {
    let mut sent = 0;
    for _ in 0..world.dice.count(0..=12) {
        sleep(world.dice.ms(0..=pauses)).await;
        let part = vec![b'x'; world.dice.count(1..=if world.plan.calm { 8_000 } else { 10_000 })];
        sent += part.len();
        // Who has stopped reading needs no more.
        let _ = parts.send(Ok(part.into()));
    }
    if !world.plan.calm && world.dice.chance(100) {
        let _ = parts.send(Err(BrokenOff));
    }
    world.ledger.borrow_mut().sends(nonce, sent);
}

struct Parts(mpsc::UnboundedReceiver<Result<Bytes, BrokenOff>>);

impl futures_core::Stream for Parts {
    type Item = Result<Bytes, BrokenOff>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

/// What a failure is called.
pub fn kind(failure: &Failure) -> String {
    let text = format!("{failure:?}");
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}
