//! The worker's side of the protocol.

use std::io::{Read, Write, stdin, stdout};
use std::process::ExitCode;

use bunbase_wire::worker::{
    Decoder, FromWorker, Invoke, Limits, Ready, Response, ToWorker, VERSION, encode,
};

use crate::attempt::Outcome;
use crate::{Targets, arm, attempts, probe, protocol};

/// Makes the attempts that requests ask for, by the last part of their paths, on the targets in their bodies.
#[must_use]
pub fn serve() -> ExitCode {
    let mut decoder = Decoder::<ToWorker>::new(Limits::default());
    let mut block = [0; 4096];
    loop {
        while let Ok(Some(message)) = decoder.next_message() {
            match message {
                ToWorker::Load(_) => {
                    say(&FromWorker::Ready(Ready { protocol: VERSION, raw: false }))
                }
                ToWorker::Invoke(invoke) => answer(&invoke),
                ToWorker::Compile(_) | ToWorker::Shutdown {} => return ExitCode::SUCCESS,
                ToWorker::Chunk(_) | ToWorker::Cancel { .. } | ToWorker::Ack { .. } => {}
            }
        }
        match stdin().read(&mut block) {
            Ok(count) if count > 0 => decoder.buffer().extend_from_slice(&block[..count]),
            _ => return ExitCode::SUCCESS,
        }
    }
}

fn answer(invoke: &Invoke) {
    let path = invoke.url.split('?').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    if protocol::attack(name, invoke.id) {
        return;
    }
    let targets: Targets = serde_json::from_slice(&invoke.body).unwrap_or_default();
    if targets.armed {
        arm::arm();
    }
    say(&response(invoke.id, &attempt(name, &targets)));
}

fn attempt(name: &str, targets: &Targets) -> String {
    let found = attempts().into_iter().find(|attempt| attempt.name == name);
    match (found, name) {
        (Some(attempt), _) => described((attempt.make)(targets)),
        (None, "probe") => described(probe::call(&targets.probe)),
        (None, "hello") => "hello".to_owned(),
        (None, _) => format!("no attempt is called {name}"),
    }
}

fn described(outcome: Outcome) -> String {
    outcome.map_or_else(|why| format!("stopped: {why}"), |got| format!("escaped: {got}"))
}

fn response(id: u64, body: &str) -> FromWorker {
    let headers = Vec::new();
    let body = body.as_bytes().to_vec().into();
    FromWorker::Response(Response { id, status: 200, headers, more: false, used: None, body })
}

/// The line that says that an attempt has succeeded, for programs that are executed to say it. A worker is asked once, with this number.
pub(crate) fn triumph() -> String {
    let mut line = Vec::new();
    encode(&response(1, "escaped: another program runs"), false, &mut line);
    String::from_utf8_lossy(&line).trim_end().to_owned()
}

pub(crate) fn say(message: &FromWorker) {
    let mut line = Vec::new();
    encode(message, false, &mut line);
    write(&line);
}

/// Writes to the host; one that has gone needs no answer.
pub(crate) fn write(bytes: &[u8]) {
    let mut out = stdout();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}
