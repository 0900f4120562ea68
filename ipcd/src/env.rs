//! Variables set on the server: listed, set, removed. For a function in service a change is a new deployment of the same version.

use bunbase_manifest::{Name, Variables, check_variables};
use bunbase_wire::ipc::{
    ChangeAnswer, EnvListAnswer, EnvRemoveRequest, EnvSetRequest, ErrorCode, NameRequest, Origin,
    Variable,
};
use bytes::Bytes;

use crate::command::{Answer, Services, failed, unknown};

impl Services {
    /// What is in force for a function, what is overridden, and where each was set.
    pub fn env_list(&self, NameRequest { function }: NameRequest) -> Result<Answer, Answer> {
        let registry = self.registry.borrow();
        let server = registry.variables(&function)?;
        let served = registry.served(&function)?;
        if served.is_none() && server.is_empty() {
            return Err(unknown(&function));
        }
        let manifest = served.map(|served| served.manifest.env).unwrap_or_default();
        Ok(Answer::ok(&EnvListAnswer { variables: listed(server, manifest) }, Bytes::new()))
    }

    /// Sets variables.
    pub async fn env_set(&self, request: EnvSetRequest) -> Result<Answer, Answer> {
        let EnvSetRequest { function, variables } = request;
        self.change(function, |set| set.extend(variables)).await
    }

    /// Takes variables away.
    pub async fn env_remove(&self, request: EnvRemoveRequest) -> Result<Answer, Answer> {
        let EnvRemoveRequest { function, names } = request;
        self.change(function, |set| set.retain(|name, _| !names.contains(name))).await
    }

    /// When it returns, no new invocation sees what was before, unless schedulerd does not answer.
    async fn change(
        &self,
        function: Name,
        change: impl FnOnce(&mut Variables),
    ) -> Result<Answer, Answer> {
        let _turn = self.turns.wait_for(&function).await?;
        let before = self.registry.borrow().variables(&function)?;
        let mut variables = before.clone();
        change(&mut variables);
        check_variables(&variables)
            .map_err(|invalid| failed(ErrorCode::Invalid, &invalid.to_string()))?;
        let changed = differing(&before, &variables);
        let unseen = match changed.is_empty() {
            true => None,
            false => self.put_in_force(&function, &variables).await?,
        };
        self.changed(function, changed, unseen)
    }

    /// The answer to a change of variables or of secrets.
    pub fn changed(
        &self,
        function: Name,
        changed: Vec<String>,
        unseen: Option<String>,
    ) -> Result<Answer, Answer> {
        let in_service = self.registry.borrow().served(&function)?.is_some();
        let answer = ChangeAnswer { function, changed, in_service, unseen };
        Ok(Answer::ok(&answer, Bytes::new()))
    }

    async fn put_in_force(
        &self,
        function: &Name,
        variables: &Variables,
    ) -> Result<Option<String>, Answer> {
        let revision = self.registry.borrow_mut().stage_variables(function, variables)?;
        let unseen = self.take_over(function, revision).await?.unseen;
        tracing::info!(
            event = "env_changed",
            function = function.as_str(),
            "variables have changed"
        );
        Ok(unseen)
    }
}

fn differing(before: &Variables, after: &Variables) -> Vec<String> {
    let mut all: Vec<&String> = before.keys().chain(after.keys()).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

fn listed(server: Variables, mut manifest: Variables) -> Vec<Variable> {
    let mut all = Vec::new();
    for (name, value) in server {
        let own = manifest.remove(&name).map(|value| Variable {
            name: name.clone(),
            value,
            origin: Origin::Manifest,
            overridden: true,
        });
        all.push(Variable { name, value, origin: Origin::Server, overridden: false });
        all.extend(own);
    }
    let rest = manifest.into_iter().map(|(name, value)| Variable {
        name,
        value,
        origin: Origin::Manifest,
        overridden: false,
    });
    all.extend(rest);
    // Stable: of one name, the server's stays first.
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(all: &[(&str, &str)]) -> Variables {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_list_has_what_is_in_force_and_beside_it_what_is_overridden() {
        let server = variables(&[("B", "server"), ("D", "server")]);
        let all = listed(server, variables(&[("A", "toml"), ("B", "toml"), ("C", "toml")]));
        let all: Vec<String> = all
            .into_iter()
            .map(|v| format!("{}={}{}", v.name, v.value, if v.overridden { " no" } else { "" }))
            .collect();
        assert_eq!(all, ["A=toml", "B=server", "B=toml no", "C=toml", "D=server"]);
    }

    #[test]
    fn what_differs_is_what_was_added_changed_or_taken_away() {
        let before = variables(&[("A", "1"), ("B", "1"), ("C", "1")]);
        let after = variables(&[("A", "1"), ("B", "2"), ("D", "1")]);
        assert_eq!(differing(&before, &after), ["B", "C", "D"]);
        assert!(differing(&before, &before).is_empty());
    }
}
