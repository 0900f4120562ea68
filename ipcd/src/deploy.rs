//! A deploy: checked, compiled, stored, seen to load, put in service, and in force before it is acknowledged.

use std::cell::RefCell;
use std::time::Instant;

use bunbase_lease::{Failure, NotProbed};
use bunbase_manifest::Name;
use bunbase_wire::ipc::{
    DeployAnswer, DeployFigures, DeployRequest, ErrorCode, Frame, MAX_MESSAGE,
};
use bunbase_wire::worker::MAX_BUNDLE;
use bytes::Bytes;

use crate::command::{Answer, Services, failed, refused};
use crate::registry::{Candidate, Registry, RegistryError, Staged};
use crate::{compile, scheduler, support};

impl Services {
    /// Stores a version, and with `serve` puts it in service.
    pub async fn deploy(&self, frame: &Frame, serve: bool) -> Result<Answer, Answer> {
        let mut clock = Clock::start();
        let request: DeployRequest = frame.payload()?;
        self.check(&request, &frame.raw).map_err(refused)?;
        let (bundle, source_map) = frame.raw.split_at(request.bundle_bytes as usize);
        let (manifest, message) = (&request.manifest, request.message.as_deref());
        let candidate = Candidate { manifest, bundle, source_map, message };
        if request.dry_run {
            return self.would_deploy(&candidate, serve);
        }
        let function = manifest.name.clone();
        let _turn = self.turns.take(&function)?;
        if serve {
            self.registry.borrow().check_required(manifest)?;
        }
        let check_ms = clock.lap();
        let bytecode = compile::compile(&self.registry, &self.schedulers, manifest, bundle).await;
        let compile_ms = clock.lap();
        let Staged { version, outcome, revision } =
            self.registry.borrow_mut().stage(&candidate, serve)?;
        let taken_over = self.take_over(&function, revision).await?;
        tracing::info!(
            event = "deployed", function = function.as_str(), version = version.short(),
            outcome = ?outcome, "deployed"
        );
        let figures = DeployFigures {
            bundle_bytes: bundle.len() as u64,
            source_map_bytes: source_map.len() as u64,
            bytecode_bytes: bytecode,
            check_ms,
            compile_ms,
            probe_ms: taken_over.probe_ms,
            switch_ms: taken_over.switch_ms,
        };
        let (unseen, figures) = (taken_over.unseen, Some(figures));
        Ok(Answer::ok(&DeployAnswer { function, version, outcome, unseen, figures }, Bytes::new()))
    }

    /// What a deploy would do that is as good as this one.
    fn would_deploy(&self, candidate: &Candidate<'_>, serve: bool) -> Result<Answer, Answer> {
        let Staged { version, outcome, .. } = self.registry.borrow().try_stage(candidate, serve)?;
        let function = candidate.manifest.name.clone();
        let (unseen, figures) = (None, None);
        Ok(Answer::ok(&DeployAnswer { function, version, outcome, unseen, figures }, Bytes::new()))
    }

    /// Puts a deployment in service, if there is one, and if it loads or that can't be seen. Until then nothing has changed for anybody.
    pub async fn take_over(
        &self,
        function: &Name,
        revision: Option<u64>,
    ) -> Result<TakenOver, Answer> {
        let Some(revision) = revision else { return Ok(TakenOver::default()) };
        let mut clock = Clock::start();
        let stage = Stage { registry: &self.registry, function, revision, kept: false };
        let unseen = self.probe(function, revision).await?;
        let probe_ms = clock.lap();
        if let Some(why) = &unseen {
            tracing::warn!(
                function = function.as_str(),
                why,
                "deployed without having seen it load"
            );
        }
        stage.put_in_service()?;
        self.announce(function).await;
        Ok(TakenOver { unseen, probe_ms, switch_ms: clock.lap() })
    }

    /// A worker loads it, and is there when it takes over. Returns why that could not be tried.
    async fn probe(&self, function: &Name, revision: u64) -> Result<Option<String>, Answer> {
        if !self.schedulers.borrow().connected() {
            return Ok(Some("schedulerd is not there".to_owned()));
        }
        let mut probed = self.probe_once(function, revision).await;
        if matches!(probed, Err(NotProbed::DoesNotLoad { failure: Failure::WorkerDied, .. })) {
            // That need not be its own doing.
            probed = self.probe_once(function, revision).await;
        }
        match probed {
            Ok(()) => Ok(None),
            Err(why @ NotProbed::DoesNotLoad { .. }) => {
                let message = format!("it does not load, and nothing was changed: {why}");
                Err(failed(ErrorCode::FunctionFailed, &message))
            }
            Err(NotProbed::NotTried(Failure::QueueTimeout { limit })) => {
                Ok(Some(format!("there was no worker for it within {limit}")))
            }
            Err(NotProbed::NotTried(why)) => Ok(Some(why.to_string())),
        }
    }

    async fn probe_once(&self, function: &Name, revision: u64) -> Result<(), NotProbed> {
        self.invoker.probe(function, revision, self.config.apply_patience).await
    }

    fn check(&self, request: &DeployRequest, raw: &[u8]) -> Result<(), String> {
        request.manifest.check().map_err(|error| error.to_string())?;
        check_message(request.message.as_deref())?;
        support::permitted(&request.manifest, &self.config.caps)?;
        match request.bundle_bytes as usize {
            0 => Err("the bundle is empty".to_owned()),
            length if length > MAX_BUNDLE => {
                Err(format!("the bundle has {length} bytes, at most {MAX_BUNDLE} are allowed"))
            }
            length if length > raw.len() => Err("the bundle is shorter than announced".to_owned()),
            _ => Ok(()),
        }
    }

    /// After this no new request sees the old version, unless schedulerd does not answer.
    pub async fn announce(&self, function: &Name) {
        let patience = self.config.apply_patience.duration();
        if !scheduler::announce(&self.schedulers, function, patience).await {
            tracing::warn!(
                function = function.as_str(), limit = %self.config.apply_patience,
                "schedulerd has not put the change in force in time; it will as soon as it can"
            );
        }
    }
}

/// How a deployment took over.
#[derive(Debug, Default)]
pub struct TakenOver {
    /// Why it was not seen to load, if it was not.
    pub unseen: Option<String>,
    /// Until it was, in milliseconds.
    probe_ms: u64,
    /// From there until it was in force.
    switch_ms: u64,
}

/// Milliseconds from one step to the next.
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn lap(&mut self) -> u64 {
        let before = std::mem::replace(&mut self.0, Instant::now());
        u64::try_from(before.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Whether what is said of a deployment can be kept.
pub fn check_message(message: Option<&str>) -> Result<(), String> {
    match message.map_or(0, str::len) {
        0..=MAX_MESSAGE => Ok(()),
        length => Err(format!("the message has {length} bytes, at most {MAX_MESSAGE} are kept")),
    }
}

/// A staged deployment; dropped, for whatever reason, it is not to be.
struct Stage<'a> {
    registry: &'a RefCell<Registry>,
    function: &'a Name,
    revision: u64,
    kept: bool,
}

impl Stage<'_> {
    fn put_in_service(mut self) -> Result<(), RegistryError> {
        self.registry.borrow_mut().put_in_service(self.function, self.revision)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let unstaged = self.registry.borrow_mut().unstage(self.revision);
        if let Err(error) = unstaged {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "a deployment that was given up is still in the registry");
        }
    }
}
