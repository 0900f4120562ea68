//! ROLLBACK: a version that is stored, in service again. It goes the way of a deploy.

use bunbase_manifest::{Name, Version};
use bunbase_wire::ipc::{DeployAnswer, ErrorCode, Outcome, RollbackRequest};
use bytes::Bytes;

use crate::command::{Answer, Services, failed, refused, unknown};
use crate::deploy::check_message;
use crate::support;

/// Digits of a version that are too few to mean one.
const SHORTEST: usize = 4;

impl Services {
    /// Puts a stored version in service: the one that is named, or the one before that which is.
    pub async fn rollback(&self, request: RollbackRequest) -> Result<Answer, Answer> {
        let RollbackRequest { function, version, message } = request;
        check_message(message.as_deref()).map_err(refused)?;
        let _turn = self.turns.take(&function)?;
        let served = self.registry.borrow().served(&function)?.map(|served| served.version);
        let version = match version {
            Some(prefix) => self.named(&function, &prefix)?,
            None => self.before(&function, served.as_ref())?,
        };
        let outcome = match &served {
            Some(served) if *served == version => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
            None => Outcome::Created,
        };
        let unseen = match outcome {
            Outcome::Unchanged => None,
            _ => self.bring_back(&function, &version, message.as_deref()).await?,
        };
        tracing::info!(
            event = "rolled_back", function = function.as_str(), version = version.short(),
            outcome = ?outcome, "rolled back"
        );
        let answer = DeployAnswer { function, version, outcome, unseen, figures: None };
        Ok(Answer::ok(&answer, Bytes::new()))
    }

    async fn bring_back(
        &self,
        function: &Name,
        version: &Version,
        message: Option<&str>,
    ) -> Result<Option<String>, Answer> {
        let manifest = self.registry.borrow().manifest(function, version)?;
        support::permitted(&manifest, &self.config.caps).map_err(refused)?;
        let revision = self.registry.borrow_mut().stage_version(function, version, message)?;
        Ok(self.take_over(function, Some(revision)).await?.unseen)
    }

    fn named(&self, function: &Name, prefix: &str) -> Result<Version, Answer> {
        if prefix.len() < SHORTEST {
            let few =
                format!("{prefix:?} is too short; write at least {SHORTEST} digits of a version");
            return Err(failed(ErrorCode::Invalid, &few));
        }
        let mut found = self.registry.borrow().versions_named(function, prefix)?;
        if found.is_empty() && !self.registry.borrow().is_known(function)? {
            return Err(unknown(function));
        }
        let hint = format!("\"bunbase versions {function}\" lists them");
        match found.len() {
            0 => Err(failed(
                ErrorCode::NotFound,
                &format!("{function} has no version {prefix}; {hint}"),
            )),
            1 => Ok(found.remove(0)),
            n => Err(failed(
                ErrorCode::Invalid,
                &format!("{n} versions begin with {prefix}; {hint}"),
            )),
        }
    }

    fn before(&self, function: &Name, served: Option<&Version>) -> Result<Version, Answer> {
        if served.is_none() {
            return Err(unknown(function));
        }
        let before = self.registry.borrow().version_before(function)?;
        before.ok_or_else(|| {
            let none = format!("{function} has had no other version in service");
            failed(ErrorCode::NotFound, &none)
        })
    }
}
