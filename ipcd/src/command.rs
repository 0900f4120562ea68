//! What each command does.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use bunbase_lease::Invoker;
use bunbase_manifest::Name;
use bunbase_wire::ipc::{
    ErrorAnswer, ErrorCode, Frame, FrameError, Kind, ListAnswer, NameRequest, ShowAnswer,
    StatusAnswer, VersionsAnswer,
};
use bytes::Bytes;
use serde_json::value::{RawValue, to_raw_value};

use crate::backup::blocking;
use crate::bundles;
use crate::caller::{Caller, Gone};
use crate::config::Config;
use crate::registry::{Registry, RegistryError};
use crate::scheduler::Schedulers;
use crate::telemetry::Telemetry;
use crate::turns::Turns;

/// What all sessions work on.
#[derive(Debug)]
pub struct Services {
    /// The durable state.
    pub registry: Rc<RefCell<Registry>>,
    /// Logs and metrics.
    pub telemetry: Rc<Telemetry>,
    /// The connected schedulerd.
    pub schedulers: Rc<RefCell<Schedulers>>,
    /// Runs functions.
    pub invoker: Invoker,
    /// Whose turn it is to change a function.
    pub turns: Turns,
    /// The settings.
    pub config: Config,
    /// Each client that is connected has a clone.
    pub presence: Rc<()>,
    /// When ipcd has started.
    pub begun: Instant,
}

/// An answer, ready to be framed.
#[derive(Debug)]
pub struct Answer {
    /// OK, ERROR or NOT_FOUND.
    pub kind: Kind,
    /// Its JSON.
    pub json: Box<RawValue>,
    /// What follows the JSON.
    pub raw: Bytes,
}

impl Answer {
    /// It worked.
    pub fn ok(answer: &impl serde::Serialize, raw: Bytes) -> Self {
        Self::new(Kind::Ok, answer, raw)
    }

    /// As a frame of this kind.
    pub fn new(kind: Kind, answer: &impl serde::Serialize, raw: Bytes) -> Self {
        let json = to_raw_value(answer).expect("plain structs serialise");
        Self { kind, json, raw }
    }
}

impl From<ErrorAnswer> for Answer {
    fn from(error: ErrorAnswer) -> Self {
        let kind = if error.code == ErrorCode::NotFound { Kind::NotFound } else { Kind::Error };
        Self::new(kind, &error, Bytes::new())
    }
}

impl From<RegistryError> for Answer {
    fn from(error: RegistryError) -> Self {
        if let RegistryError::Variables(_) | RegistryError::Missing(_) = &error {
            return failed(ErrorCode::Invalid, &error.to_string());
        }
        tracing::error!(error = &error as &dyn std::error::Error, "the registry failed");
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        let cause = cause.unwrap_or_default();
        let message = format!("{error}{cause}; nothing was changed; ipcd's log has more");
        failed(ErrorCode::Internal, &message)
    }
}

impl From<FrameError> for Answer {
    fn from(error: FrameError) -> Self {
        failed(ErrorCode::BadRequest, &error.to_string())
    }
}

impl From<Gone> for Answer {
    /// Nobody will read it.
    fn from(gone: Gone) -> Self {
        failed(ErrorCode::BadRequest, &format!("{gone}, and its request is not whole"))
    }
}

/// It did not work.
pub fn failed(code: ErrorCode, message: &str) -> Answer {
    Answer::from(ErrorAnswer { code, message: message.to_owned() })
}

/// It is understood, and not done.
pub fn refused(refusal: String) -> Answer {
    failed(ErrorCode::Invalid, &refusal)
}

impl Services {
    /// Does what a frame asks for.
    pub async fn execute(&self, frame: Frame, caller: Caller) -> Answer {
        self.command(frame, caller).await.unwrap_or_else(|failed| failed)
    }

    async fn command(&self, frame: Frame, caller: Caller) -> Result<Answer, Answer> {
        match frame.kind {
            Kind::Invoke => self.invoke(frame.payload()?, frame.raw, caller).await,
            Kind::RegisterFunction => self.deploy(&frame, false).await,
            Kind::DeployFunction => self.deploy(&frame, true).await,
            Kind::List => Ok(self.list()?),
            Kind::Show => self.show(frame.payload()?),
            Kind::Versions => self.versions(frame.payload()?),
            Kind::Remove => self.remove(frame.payload()?).await,
            Kind::Status => self.status().await,
            Kind::Doctor => Ok(self.doctor().await),
            Kind::Rollback => self.rollback(frame.payload()?).await,
            Kind::EnvList => self.env_list(frame.payload()?),
            Kind::EnvSet => self.env_set(frame.payload()?).await,
            Kind::EnvRemove => self.env_remove(frame.payload()?).await,
            Kind::SecretList => self.secret_list(frame.payload()?),
            Kind::SecretSet => self.secret_set(frame.payload()?, &frame.raw).await,
            Kind::SecretRemove => self.secret_remove(frame.payload()?).await,
            Kind::GetLogs => self.logs(frame.payload()?, caller).await,
            Kind::GetMetrics => self.metrics(frame.payload()?),
            Kind::Backup => self.backup(caller.outlet).await,
            Kind::Restore => self.restore(frame.payload()?, frame.raw, caller.inlet).await,
            Kind::Ok | Kind::Error | Kind::NotFound | Kind::Chunk | Kind::Ack | Kind::Cancel => {
                Err(failed(ErrorCode::BadRequest, "a status is no command"))
            }
        }
    }

    fn list(&self) -> Result<Answer, RegistryError> {
        let functions = self.registry.borrow().list()?;
        Ok(Answer::ok(&ListAnswer { functions }, Bytes::new()))
    }

    fn show(&self, NameRequest { function }: NameRequest) -> Result<Answer, Answer> {
        let served = self.registry.borrow().served(&function)?;
        let served = served.ok_or_else(|| unknown(&function))?;
        let answer = ShowAnswer {
            version: served.version,
            deployed_at: served.deployed_at,
            message: served.message,
            bundle_bytes: served.bundle_bytes,
            // Everything as it is in force.
            manifest: served.manifest.with_variables(served.variables),
        };
        Ok(Answer::ok(&answer, Bytes::new()))
    }

    fn versions(&self, NameRequest { function }: NameRequest) -> Result<Answer, Answer> {
        let versions = self.registry.borrow().versions(&function)?;
        if versions.is_empty() {
            return Err(unknown(&function));
        }
        Ok(Answer::ok(&VersionsAnswer { versions }, Bytes::new()))
    }

    async fn remove(&self, NameRequest { function }: NameRequest) -> Result<Answer, Answer> {
        let _turn = self.turns.take(&function)?;
        if !self.registry.borrow_mut().remove(&function)? {
            return Err(unknown(&function));
        }
        tracing::info!(event = "removed", function = function.as_str(), "removed");
        self.announce(&function).await;
        Ok(Answer::ok(&NameRequest { function }, Bytes::new()))
    }

    async fn status(&self) -> Result<Answer, Answer> {
        let state = self.config.state.clone();
        let (registry_bytes, bundles_bytes) = blocking(move || bundles::sizes(&state)).await?;
        let registry = self.registry.borrow();
        let answer = StatusAnswer {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            functions: registry.count()?,
            versions: registry.count_versions()?,
            registry_bytes,
            bundles_bytes,
            clients: Rc::strong_count(&self.presence) as u64 - 1,
            uptime_s: self.begun.elapsed().as_secs(),
            scheduler: self.schedulers.borrow().connected(),
        };
        Ok(Answer::ok(&answer, Bytes::new()))
    }
}

/// There is no such function.
pub fn unknown(name: &Name) -> Answer {
    failed(ErrorCode::NotFound, &format!("no function {name}; \"bunbase ls\" lists them"))
}
