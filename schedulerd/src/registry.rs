//! The connection to ipcd: what is deployed, and what has changed.

use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use bunbase_jail::Files;
use bunbase_packet::{Connection, Error};
use bunbase_wire::registry::{Deployed, FileKind, FromRegistry, MAX_ANSWER, ToRegistry};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::config::REGISTRY_PATIENCE;
use crate::shell::Happening;
use bunbase_pool::event::Event;
use bunbase_pool::target::Target;

/// Between two attempts to connect.
const RETRY: Duration = Duration::from_millis(50);

/// Questions that may wait to be sent.
pub const QUESTIONS: usize = 4096;

/// The connection's two ends in schedulerd.
pub struct Registry {
    /// ipcd's socket.
    pub socket: PathBuf,
    /// What is to be asked and said.
    pub questions: mpsc::Receiver<ToRegistry>,
    /// What is answered and heard.
    pub happenings: mpsc::Sender<Happening>,
}

impl Registry {
    /// Runs as long as schedulerd does, and connects anew whenever it must. It connects at once: changes are
    /// heard only on a connection.
    pub async fn run(mut self) {
        let mut asked = HashSet::new();
        loop {
            match timeout(REGISTRY_PATIENCE, Connection::connect(&self.socket)).await {
                Ok(Ok(connection)) => self.session(&connection, &mut asked).await,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "cannot reach ipcd at {}", self.socket.display());
                    tokio::time::sleep(RETRY).await;
                }
                Err(_) => tracing::warn!("ipcd does not accept the connection"),
            }
            self.fail(&mut asked).await;
        }
    }

    /// One connection, until it breaks. Changes may have been missed before it: everything known is asked anew.
    async fn session(&mut self, connection: &Connection, asked: &mut HashSet<Target>) {
        self.tell(Happening::RegistryConnected).await;
        loop {
            let outcome = tokio::select! {
                question = self.questions.recv() => match question {
                    Some(question) => ask(connection, &question, asked).await,
                    None => return,
                },
                answer = connection.recv_within(MAX_ANSWER) => match answer {
                    Ok(Some((answer, descriptors))) => self.hear(answer, descriptors, asked).await,
                    Ok(None) => return tracing::warn!("ipcd has closed the connection"),
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = outcome {
                return tracing::warn!(%error, "the connection to ipcd has broken");
            }
        }
    }

    async fn hear(
        &self,
        answer: FromRegistry,
        descriptors: Vec<OwnedFd>,
        asked: &mut HashSet<Target>,
    ) -> Result<(), Error> {
        let happening = match answer {
            FromRegistry::Resolved(deployed) => {
                let target = target_of(&deployed);
                asked.remove(&target);
                let files = files(&deployed.files, descriptors)?;
                Happening::Resolved { target, deployed, files }
            }
            FromRegistry::Compile { function, runtime, limits } => {
                let files = files(&[FileKind::Bundle, FileKind::Bytecode], descriptors)?;
                Happening::Compile { function, runtime, limits, files }
            }
            FromRegistry::Unknown { function, revision } => {
                let target = Target { function, revision };
                asked.remove(&target);
                Happening::Event(Event::Unknown { target })
            }
            FromRegistry::Failed { function, revision } => {
                let target = Target { function, revision };
                asked.remove(&target);
                Happening::Event(Event::ResolveFailed { target })
            }
            FromRegistry::Changed { change, function } => {
                Happening::Event(Event::Changed { function, change })
            }
        };
        self.tell(happening).await;
        Ok(())
    }

    /// What was asked on a connection that has broken will not be answered; what waits can't be asked now.
    async fn fail(&mut self, asked: &mut HashSet<Target>) {
        while let Ok(question) = self.questions.try_recv() {
            asked.extend(asked_for(question));
        }
        for target in asked.drain() {
            self.tell(Happening::Event(Event::ResolveFailed { target })).await;
        }
    }

    async fn tell(&self, happening: Happening) {
        // The receiver ends only with schedulerd itself.
        let _ = self.happenings.send(happening).await;
    }
}

/// The files that came with a packet, by what they are.
fn files(kinds: &[FileKind], descriptors: Vec<OwnedFd>) -> std::io::Result<Files> {
    let (mut bundle, mut source_map, mut bytecode) = (None, None, None);
    for (kind, descriptor) in kinds.iter().zip(descriptors) {
        match kind {
            FileKind::Bundle => bundle = Some(descriptor),
            FileKind::SourceMap => source_map = Some(descriptor),
            FileKind::Bytecode => bytecode = Some(descriptor),
        }
    }
    let bundle = bundle.ok_or_else(|| std::io::Error::other("a packet without its bundle"))?;
    Ok(Files { bundle, source_map, bytecode })
}

async fn ask(
    connection: &Connection,
    question: &ToRegistry,
    asked: &mut HashSet<Target>,
) -> Result<(), Error> {
    asked.extend(asked_for(question.clone()));
    connection.send(question, &[]).await
}

/// What an answer is about.
fn target_of(deployed: &Deployed) -> Target {
    let function = deployed.manifest.name.clone();
    Target { function, revision: deployed.candidate.then_some(deployed.revision) }
}

fn asked_for(question: ToRegistry) -> Option<Target> {
    match question {
        ToRegistry::Resolve { function, revision } => Some(Target { function, revision }),
        ToRegistry::Applied { .. } => None,
    }
}

/// What the shell keeps of a function while the pool knows it.
#[derive(Debug)]
pub struct Loaded {
    /// What is deployed.
    pub deployed: Box<Deployed>,
    /// Its bundle, and what goes with it.
    pub files: Rc<Files>,
}
