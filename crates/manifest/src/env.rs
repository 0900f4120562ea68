//! A handler's environment: what `function.toml` says, and over it what was set on the server.

use std::collections::BTreeMap;

use bunbase_settings::Report;

use crate::{Invalid, Manifest};

/// Environment names and values together.
pub const MAX_ENV_BYTES: usize = 32 * 1024;

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// Checks variables that belong to no manifest yet.
///
/// # Errors
/// Everything that is wrong, each with its name.
pub fn check_variables(variables: &Variables) -> Result<(), Invalid> {
    let report = Report::default();
    check_into(&report, variables, &[]);
    Ok(report.conclude("the environment", ()).map(|((), _)| ())?)
}

pub(crate) fn check_into(report: &Report, variables: &Variables, more_names: &[String]) {
    for name in variables.keys().chain(more_names).filter(|name| !is_variable_name(name)) {
        report.mistake(format!("env.{name}"), "use letters, digits and _, with no digit first");
    }
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MAX_ENV_BYTES {
        report.mistake("env", format!("{bytes} bytes in all, at most {MAX_ENV_BYTES} fit"));
    }
}

impl Manifest {
    /// The manifest with the environment that is in force: what is set on the server goes before its own.
    #[must_use]
    pub fn with_variables(mut self, server: Variables) -> Self {
        self.env.extend(server);
        self
    }
}

pub(crate) fn is_variable_name(name: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    !name.is_empty() && name.bytes().all(word) && !name.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(all: &[(&str, &str)]) -> Variables {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_set_on_the_server_goes_before_what_the_manifest_says() {
        let toml = "[env]\nA = \"toml\"\nB = \"toml\"";
        let manifest = crate::parse(toml, "hello", "index.ts").unwrap();
        let in_force = manifest.with_variables(variables(&[("B", "server"), ("C", "server")])).env;
        assert_eq!(in_force, variables(&[("A", "toml"), ("B", "server"), ("C", "server")]));
    }

    #[test]
    fn bad_names_and_too_much_are_refused_at_once() {
        assert!(check_variables(&variables(&[("A_1", ""), ("_", "x")])).is_ok());
        let long = "x".repeat(MAX_ENV_BYTES);
        let all = variables(&[("9X", ""), ("A-B", ""), ("", ""), ("A", &long)]);
        let said = check_variables(&all).unwrap_err().to_string();
        for part in ["env.9X: use letters", "env.A-B:", "env.:", "32774 bytes in all"] {
            assert!(said.contains(part), "{part} is missing in:\n{said}");
        }
    }
}
