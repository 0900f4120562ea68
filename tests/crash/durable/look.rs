//! What ipcd shows of all functions, and what they answer: whatever it says of one thing in two places has to agree.

use std::collections::BTreeMap;

use bunbase_client::{
    Client, Error, ErrorCode, InvokeRequest, ShowAnswer, VersionSummary, VersionsAnswer,
};
use bunbase_manifest::Name;

use super::step::{FUNCTIONS, VARIABLE};

/// One function.
#[derive(Debug, Default)]
pub struct Seen {
    /// SHOW, of one in service.
    pub shown: Option<ShowAnswer>,
    /// VERSIONS.
    pub versions: Vec<VersionSummary>,
    /// The variable that is set on the server.
    pub variable: Option<String>,
    /// What it answered with.
    pub answer: Option<String>,
}

impl Seen {
    /// All of it as text, with its times.
    pub fn exact(&self) -> String {
        format!("{self:?}")
    }
}

/// All functions, by LIST, SHOW, VERSIONS, ENV_LIST and INVOKE.
pub fn look(client: &mut Client) -> Result<BTreeMap<&'static str, Seen>, String> {
    let list = client.list().map_err(|error| format!("LIST: {error:?}"))?;
    let mut listed: Vec<_> =
        list.functions.into_iter().map(|one| (one.name.to_string(), one.version)).collect();
    let mut all = BTreeMap::new();
    for name in FUNCTIONS {
        let seen = one(client, name)?;
        let at = listed.iter().position(|(one, _)| one == name);
        let of_list = at.map(|at| listed.remove(at).1);
        let of_show = seen.shown.as_ref().map(|shown| shown.version.clone());
        let of_versions: Vec<_> = seen.versions.iter().filter(|one| one.in_service).collect();
        let of_versions: Vec<_> = of_versions.iter().map(|one| one.version.clone()).collect();
        if of_list != of_show || !of_versions.iter().eq(&of_show) {
            return Err(format!("{name}: {of_list:?} listed, {of_show:?}, {of_versions:?}"));
        }
        all.insert(name, seen);
    }
    if listed.is_empty() { Ok(all) } else { Err(format!("nobody deployed {listed:?}")) }
}

fn one(client: &mut Client, name: &'static str) -> Result<Seen, String> {
    let function: Name = name.parse().unwrap();
    let shown =
        found(client.show(function.clone())).map_err(|error| format!("SHOW {name}: {error:?}"))?;
    let versions = found(client.versions(function.clone()));
    let versions = versions.map_err(|error| format!("VERSIONS {name}: {error:?}"))?;
    let VersionsAnswer { versions } = versions.unwrap_or(VersionsAnswer { versions: Vec::new() });
    let env = found(client.env(function.clone()))
        .map_err(|error| format!("ENV_LIST {name}: {error:?}"))?;
    let variables = env.map(|env| env.variables).unwrap_or_default();
    let variable = variables.into_iter().find(|one| one.name == VARIABLE).map(|one| one.value);
    let answer = match shown {
        Some(_) => Some(answer(client, function)?),
        None => None,
    };
    Ok(Seen { shown, versions, variable, answer })
}

fn answer(client: &mut Client, function: Name) -> Result<String, String> {
    let name = function.to_string();
    let request = InvokeRequest {
        function,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: Vec::new(),
        request_id: None,
        more: false,
        stream: false,
    };
    let (head, body) =
        client.invoke(&request, &[]).map_err(|error| format!("{name}: {error:?}"))?;
    let body = String::from_utf8_lossy(&body).into_owned();
    if head.status == 200 { Ok(body) } else { Err(format!("{name}: {} {body}", head.status)) }
}

fn found<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Error::Answered(error)) if error.code == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
