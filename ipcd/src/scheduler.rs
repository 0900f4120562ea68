//! What schedulerd asks, and what it is told.
//!
//! One ordered outbox a connection: an answer that was made before a change is sent before the news of it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use bunbase_manifest::Name;
use bunbase_packet::{Connection, Listener};
use bunbase_wire::registry::{Deployed, FileKind, FromRegistry, MAX_ANSWER, ToRegistry};
use nix::unistd::geteuid;
use tokio::sync::{mpsc, oneshot};

use crate::compile::compile_again;
use crate::registry::{Registry, RegistryError};

/// Answers and news that may wait to be read; a reader slower than that is cut off and asks anew.
const OUTBOX: usize = 8192;

/// A message and the descriptors that go with it.
pub type Letter = (FromRegistry, Vec<OwnedFd>);

/// The connected schedulerd (two for a moment, while one replaces the other), and changes under way.
#[derive(Debug, Default)]
pub struct Schedulers {
    outboxes: HashMap<u64, mpsc::Sender<Letter>>,
    changes: HashMap<u64, (u64, oneshot::Sender<()>)>,
    last: u64,
}

impl Schedulers {
    /// Whether one is there.
    pub fn connected(&self) -> bool {
        !self.outboxes.is_empty()
    }

    /// Sends something that one of them should do. False if none is there to.
    pub fn send_to_one(&self, letter: Letter) -> bool {
        self.outboxes.values().next().is_some_and(|outbox| outbox.try_send(letter).is_ok())
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Tells everyone of a change; each receiver fires when it is in force there.
    fn announce(&mut self, function: &Name) -> Vec<oneshot::Receiver<()>> {
        let connections: Vec<u64> = self.outboxes.keys().copied().collect();
        connections.into_iter().filter_map(|id| self.announce_to(id, function)).collect()
    }

    fn announce_to(&mut self, connection: u64, function: &Name) -> Option<oneshot::Receiver<()>> {
        let change = self.number();
        let news = FromRegistry::Changed { change, function: function.clone() };
        self.outboxes.get(&connection)?.try_send((news, Vec::new())).ok()?;
        let (applied, receiver) = oneshot::channel();
        self.changes.insert(change, (connection, applied));
        Some(receiver)
    }

    /// Tells a new schedulerd of the functions that are to have workers before anybody asks.
    fn make_known(&mut self, connection: u64, registry: &Registry) {
        match registry.kept() {
            // Nobody waits until they have them.
            Ok(kept) => kept.iter().for_each(|name| drop(self.announce_to(connection, name))),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(
                    error,
                    "functions with scale.min have no workers until they are asked for"
                );
            }
        }
    }

    fn applied(&mut self, change: u64) {
        if let Some((_, applied)) = self.changes.remove(&change) {
            // Who has stopped waiting needs no word.
            let _ = applied.send(());
        }
    }

    /// A connection has ended. What it had not put in force, its successor asks for.
    fn gone(&mut self, connection: u64) {
        self.outboxes.remove(&connection);
        self.changes.retain(|_, (of, _)| *of != connection);
    }
}

/// Tells schedulerd of a change and waits until it is in force. False if that took longer than `patience`.
pub async fn announce(
    schedulers: &RefCell<Schedulers>,
    function: &Name,
    patience: Duration,
) -> bool {
    let waiting = schedulers.borrow_mut().announce(function);
    let all = async {
        for applied in waiting {
            // A connection that ends takes its change with it: the next one starts with the new state.
            let _ = applied.await;
        }
    };
    tokio::time::timeout(patience, all).await.is_ok()
}

/// Accepts schedulerd as long as ipcd runs.
pub async fn accept(
    mut listener: Listener,
    registry: Rc<RefCell<Registry>>,
    schedulers: Rc<RefCell<Schedulers>>,
) {
    loop {
        match listener.accept().await {
            Ok(connection) => {
                let serve = serve(connection, Rc::clone(&registry), Rc::clone(&schedulers));
                tokio::task::spawn_local(serve);
            }
            Err(error) => {
                tracing::error!(%error, "cannot accept schedulerd");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(
    connection: Connection,
    registry: Rc<RefCell<Registry>>,
    schedulers: Rc<RefCell<Schedulers>>,
) {
    match connection.peer_uid() {
        Ok(uid) if uid == 0 || uid == geteuid().as_raw() => {}
        other => {
            return tracing::warn!(peer = ?other, "somebody who is not schedulerd has connected");
        }
    }
    let (outbox, letters) = mpsc::channel(OUTBOX);
    let id = schedulers.borrow_mut().number();
    schedulers.borrow_mut().outboxes.insert(id, outbox.clone());
    tracing::info!(event = "scheduler_connected", "schedulerd has connected");
    schedulers.borrow_mut().make_known(id, &registry.borrow());
    tokio::select! {
        () = read(&connection, &registry, &schedulers, &outbox) => {}
        () = write(&connection, letters) => {}
    }
    schedulers.borrow_mut().gone(id);
    tracing::info!(event = "scheduler_gone", "schedulerd has gone");
}

async fn read(
    connection: &Connection,
    registry: &Rc<RefCell<Registry>>,
    schedulers: &Rc<RefCell<Schedulers>>,
    outbox: &mpsc::Sender<Letter>,
) {
    loop {
        match connection.recv::<ToRegistry>().await {
            Ok(Some((ToRegistry::Resolve { function, revision }, _))) => {
                let answer = resolve(&registry.borrow(), function.clone(), revision);
                let incomplete = lacks_bytecode(&answer.0);
                if outbox.try_send(answer).is_err() {
                    return tracing::warn!(limit = OUTBOX, "schedulerd does not read its answers");
                }
                if incomplete {
                    let (registry, schedulers) = (Rc::clone(registry), Rc::clone(schedulers));
                    tokio::task::spawn_local(compile_again(registry, schedulers, function));
                }
            }
            Ok(Some((ToRegistry::Applied { change }, _))) => {
                schedulers.borrow_mut().applied(change)
            }
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "schedulerd sent no message"),
        }
    }
}

async fn write(connection: &Connection, mut letters: mpsc::Receiver<Letter>) {
    while let Some((message, files)) = letters.recv().await {
        let descriptors: Vec<_> = files.iter().map(AsFd::as_fd).collect();
        if let Err(error) = connection.send_within(&message, &descriptors, MAX_ANSWER).await {
            return tracing::warn!(%error, "schedulerd can't be reached");
        }
    }
}

fn lacks_bytecode(answer: &FromRegistry) -> bool {
    matches!(answer, FromRegistry::Resolved(deployed) if !deployed.files.contains(&FileKind::Bytecode))
}

fn resolve(registry: &Registry, function: Name, revision: Option<u64>) -> Letter {
    match deployed(registry, &function, revision) {
        Ok(Some((deployed, files))) => (FromRegistry::Resolved(Box::new(deployed)), files),
        Ok(None) => (FromRegistry::Unknown { function, revision }, Vec::new()),
        Err(error) => {
            tracing::error!(
                function = function.as_str(),
                error = &error as &dyn std::error::Error,
                "cannot resolve"
            );
            (FromRegistry::Failed { function, revision }, Vec::new())
        }
    }
}

/// What is deployed, its bundle, and what else there is of it.
fn deployed(
    registry: &Registry,
    function: &Name,
    candidate: Option<u64>,
) -> Result<Option<(Deployed, Vec<OwnedFd>)>, RegistryError> {
    let found = match candidate {
        Some(revision) => registry.deployment(function, revision)?,
        None => registry.served(function)?,
    };
    let Some(served) = found else { return Ok(None) };
    let opened = [
        (FileKind::Bundle, Some(registry.open_bundle(&served)?)),
        (FileKind::SourceMap, registry.open_source_map(&served)),
        (FileKind::Bytecode, registry.open_bytecode(&served.bundle, function)),
    ];
    let there = opened.into_iter().filter_map(|(kind, file)| Some((kind, OwnedFd::from(file?))));
    let (files, descriptors) = there.unzip();
    let bundle = served.bundle;
    let (version, revision) = (served.version, served.revision);
    let mut manifest = served.manifest.with_variables(served.variables);
    // Once is enough: what is in force goes beside the manifest.
    let env = std::mem::take(&mut manifest.env);
    let (candidate, secrets) = (candidate.is_some(), registry.secrets_of(function, revision)?);
    let deployed = Deployed { version, revision, candidate, manifest, bundle, files, env, secrets };
    Ok(Some((deployed, descriptors)))
}
