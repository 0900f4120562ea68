//! RESTORE: everything that is stored becomes what a backup has. Until it does, at once, nothing has changed.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;

use bunbase_lease::BrokenOff;
use bunbase_manifest::{Manifest, Name};
use bunbase_wire::ipc::{ErrorCode, RestoreAnswer, RestoreRequest};
use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc;

use crate::archive::{Refused, Source, Unpacked, pipe};
use crate::backup::{blocking, place};
use crate::bundles::Bundles;
use crate::caller::Inlet;
use crate::command::{Answer, Services, failed};
use crate::registry::{self, RegistryError, Unusable};
use crate::{scheduler, support};

/// Why a backup is not restored.
#[derive(Debug, thiserror::Error)]
enum NotRestored {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Unusable(#[from] Unusable),
}

impl Services {
    /// Takes a backup in, and puts it in force.
    pub async fn restore(
        &self,
        request: RestoreRequest,
        beginning: Bytes,
        inlet: Inlet,
    ) -> Result<Answer, Answer> {
        let _place = place()?;
        self.may_restore(request)?;
        let (unpacked, in_service) = self.receive(beginning, inlet).await?.map_err(answer)?;
        let warnings = self.offered(&in_service)?;
        let _turn = self.turns.of_all().await?;
        self.may_restore(request)?;
        // Before anything is kept aside or put in place.
        let secrets = self.registry.borrow_mut().check_secrets_of(&unpacked.database());
        secrets.map_err(without_key)?;
        let unpacked = self.put_files_in_place(unpacked).await??;
        let changed = self.registry.borrow_mut().replace_with(&unpacked.database())?;
        self.registry.borrow().collect_what_can_be();
        self.announce_all(changed).await;
        let (created, release) = (unpacked.contents.created, unpacked.contents.release);
        let registry = self.registry.borrow();
        let (functions, versions) = (registry.count()?, registry.count_versions()?);
        tracing::info!(event = "restored", functions, versions, created, "a backup was restored");
        let answer = RestoreAnswer { functions, versions, created, release, warnings };
        Ok(Answer::ok(&answer, Bytes::new()))
    }

    fn may_restore(&self, request: RestoreRequest) -> Result<(), Answer> {
        if request.replace || self.registry.borrow().is_empty()? {
            return Ok(());
        }
        let message = "there are functions, versions or variables here already, and nothing was changed; \
                       \"bunbase restore --replace\" replaces them, and keeps what there was aside";
        Err(failed(ErrorCode::Conflict, message))
    }

    /// Reads the archive while it comes, and checks all that is in it.
    async fn receive(
        &self,
        beginning: Bytes,
        inlet: Inlet,
    ) -> Result<Result<(Unpacked, Vec<Manifest>), NotRestored>, Answer> {
        let (sender, parts) = pipe();
        let state = self.config.state.clone();
        let reading = blocking(move || read(Source::from(parts), &state));
        tokio::pin!(reading);
        tokio::select! {
            // What is refused needs no more of it.
            biased;
            read = &mut reading => return read,
            () = feed(beginning, inlet, sender) => {}
        }
        reading.await
    }

    /// A backup is no way round the caps of this server. Paths that are not there are nothing that a deploy would accept, and are told of.
    fn offered(&self, in_service: &[Manifest]) -> Result<Vec<String>, Answer> {
        let mut warnings = Vec::new();
        for manifest in in_service {
            support::offered(manifest, &self.config.caps).map_err(|refusal| {
                let message = format!("{}: {refusal}; nothing was changed", manifest.name);
                failed(ErrorCode::Invalid, &message)
            })?;
            let paths = support::bad_paths(manifest).into_iter();
            warnings.extend(paths.map(|path| format!("{}: {path}", manifest.name)));
        }
        Ok(warnings)
    }

    /// Bundles never change: those that are there already are as good as before.
    async fn put_files_in_place(
        &self,
        unpacked: Unpacked,
    ) -> Result<Result<Unpacked, RegistryError>, Answer> {
        let state = self.config.state.clone();
        let keep = !self.registry.borrow().is_empty()?;
        blocking(move || {
            if keep {
                registry::keep_aside(&state)?;
            }
            Bundles::adopt(&state, unpacked.bundles())?;
            Ok(unpacked)
        })
        .await
    }

    /// Goes on when the client has gone.
    async fn announce_all(&self, functions: BTreeSet<Name>) {
        let patience = self.config.apply_patience.duration();
        let schedulers = Rc::clone(&self.schedulers);
        let announced = tokio::task::spawn_local(async move {
            scheduler::announce_all(&schedulers, &functions, patience).await
        });
        if !announced.await.unwrap_or(false) {
            tracing::warn!(
                limit = %self.config.apply_patience,
                "schedulerd has not put what was restored in force in time; it will as soon as it can"
            );
        }
    }
}

/// On a thread of its own.
fn read(source: Source, state: &Path) -> Result<(Unpacked, Vec<Manifest>), NotRestored> {
    let unpacked = Unpacked::read(source, state, registry::schema())?;
    let files: HashSet<&str> = unpacked.bundles().map(|(_, name)| name).collect();
    let in_service = registry::check(&unpacked.database(), &files)?;
    drop(files);
    Ok((unpacked, in_service))
}

/// Hands on what comes. A part that is empty is the end; without one it was broken off.
async fn feed(beginning: Bytes, mut inlet: Inlet, sender: mpsc::Sender<Bytes>) {
    if !beginning.is_empty() && sender.send(beginning).await.is_err() {
        return;
    }
    loop {
        let part = match next(&mut inlet).await {
            Some(Ok(part)) => part,
            Some(Err(BrokenOff)) => return,
            None => Bytes::new(),
        };
        let is_end = part.is_empty();
        if sender.send(part).await.is_err() || is_end {
            return;
        }
    }
}

async fn next(inlet: &mut Inlet) -> Option<Result<Bytes, BrokenOff>> {
    std::future::poll_fn(|context| Pin::new(&mut *inlet).poll_next(context)).await
}

fn without_key(error: RegistryError) -> Answer {
    match error {
        RegistryError::Key(_) | RegistryError::Sealed(_) => failed(
            ErrorCode::Invalid,
            &format!(
                "the secrets in this backup are sealed with the key of the machine that it is from, which this one has not; \
                 put secrets.key of that machine into the state directory here first ({error}); nothing was changed"
            ),
        ),
        error => error.into(),
    }
}

fn answer(error: NotRestored) -> Answer {
    let (code, cause) = match &error {
        NotRestored::Refused(Refused::Io(cause)) => (ErrorCode::Internal, format!(": {cause}")),
        NotRestored::Unusable(Unusable::Registry(error)) if !error.is_too_new() => {
            (ErrorCode::Internal, String::new())
        }
        _ => (ErrorCode::Invalid, String::new()),
    };
    failed(code, &format!("{error}{cause}; nothing was changed"))
}
