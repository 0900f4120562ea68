//! Secrets: set, removed, and listed without their values. For a function in service a change is a new deployment of the same version.

use bunbase_manifest::{Name, Secret, check_secrets};
use bunbase_wire::ipc::{
    ErrorCode, NameRequest, SecretListAnswer, SecretRemoveRequest, SecretSetRequest, SecretSummary,
};
use bytes::Bytes;

use crate::command::{Answer, Services, failed, unknown};
use crate::registry::SecretChange;

impl Services {
    /// Which secrets are set, and which are required.
    pub fn secret_list(&self, NameRequest { function }: NameRequest) -> Result<Answer, Answer> {
        let registry = self.registry.borrow();
        let mut set = registry.secrets_set_at(&function)?;
        let required = registry.required_secrets(&function)?;
        if set.is_empty() && required.is_none() {
            return Err(unknown(&function));
        }
        let required = required.unwrap_or_default();
        let mut names: Vec<String> = set.keys().chain(&required).cloned().collect();
        names.sort_unstable();
        names.dedup();
        let summary = |name: String| SecretSummary {
            set_at: set.remove(&name),
            required: required.contains(&name),
            name,
        };
        let secrets = names.into_iter().map(summary).collect();
        Ok(Answer::ok(&SecretListAnswer { secrets }, Bytes::new()))
    }

    /// Sets a secret.
    pub async fn secret_set(
        &self,
        SecretSetRequest { function, name }: SecretSetRequest,
        value: &[u8],
    ) -> Result<Answer, Answer> {
        let value = Secret::new(value).map_err(|bad| refused(&bad))?;
        let _turn = self.turns.wait_for(&function).await?;
        let mut all = self.registry.borrow().secrets(&function)?;
        if all.insert(name.clone(), value.clone()).as_ref() == Some(&value) {
            return self.changed(function, Vec::new(), None);
        }
        check_secrets(&all).map_err(|invalid| refused(&invalid))?;
        drop(all);
        let unseen = self.put_secrets(&function, SecretChange::Set(&name, &value)).await?;
        self.changed(function, vec![name], unseen)
    }

    /// Takes secrets away, unless the version in service requires one of them.
    pub async fn secret_remove(&self, request: SecretRemoveRequest) -> Result<Answer, Answer> {
        let SecretRemoveRequest { function, mut names } = request;
        let _turn = self.turns.wait_for(&function).await?;
        let set = self.registry.borrow().secrets_set_at(&function)?;
        names.retain(|name| set.contains_key(name));
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return self.changed(function, names, None);
        }
        self.check_dispensable(&function, &names)?;
        let unseen = self.put_secrets(&function, SecretChange::Remove(&names)).await?;
        self.changed(function, names, unseen)
    }

    fn check_dispensable(&self, function: &Name, names: &[String]) -> Result<(), Answer> {
        let served = self.registry.borrow().served(function)?;
        let mut required =
            served.map(|served| served.manifest.required_secrets).unwrap_or_default();
        required.retain(|name| names.contains(name));
        if required.is_empty() {
            return Ok(());
        }
        let why = format!(
            "{function} requires {}, so nothing was removed; \
             first deploy a version without it in \"secrets.required\", or give it another value: bunbase secret set",
            required.join(", ")
        );
        Err(refused(&why))
    }

    /// When it returns, no new invocation sees what was before, unless schedulerd does not answer.
    async fn put_secrets(
        &self,
        function: &Name,
        change: SecretChange<'_>,
    ) -> Result<Option<String>, Answer> {
        let revision = self.registry.borrow_mut().stage_secrets(function, change)?;
        let unseen = self.take_over(function, revision).await?.unseen;
        tracing::info!(
            event = "secrets_changed",
            function = function.as_str(),
            "secrets have changed"
        );
        Ok(unseen)
    }
}

fn refused(why: &impl ToString) -> Answer {
    failed(ErrorCode::Invalid, &why.to_string())
}
