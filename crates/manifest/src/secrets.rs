//! Secrets: values of a handler's environment that are shown to nobody.

use std::collections::BTreeMap;
use std::fmt;

use bunbase_settings::Report;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::Invalid;
use crate::env::is_variable_name;

/// Bytes of one secret's value.
pub const MAX_SECRET_BYTES: usize = 64 * 1024;

/// All secrets of a function as JSON: they travel to its workers in one packet and one line.
pub const MAX_SECRETS_BYTES: usize = 96 * 1024;

/// Bytes of a secret's name. It stands in log lines instead of the value, which may be shorter.
const MAX_NAME_BYTES: usize = 128;

/// A secret's value. `Debug` does not show it, and its memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

/// Secrets by name.
pub type Secrets = BTreeMap<String, Secret>;

/// Why bytes are no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// Nothing.
    #[error("the value is empty; a secret has at least 1 byte")]
    Empty,
    /// Too much.
    #[error("the value has {0} bytes, at most {MAX_SECRET_BYTES} are allowed")]
    TooLong(usize),
    /// A function gets text.
    #[error("the value is no UTF-8 text; write binary data as base64")]
    NoText,
}

impl Secret {
    /// From bytes as somebody gave them.
    ///
    /// # Errors
    /// When they can't be a secret.
    pub fn new(bytes: &[u8]) -> Result<Self, BadSecret> {
        match bytes.len() {
            0 => return Err(BadSecret::Empty),
            length if length > MAX_SECRET_BYTES => return Err(BadSecret::TooLong(length)),
            _ => {}
        }
        let text = str::from_utf8(bytes).map_err(|_| BadSecret::NoText)?;
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The value itself; for those who pass it on.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Zeroizing::new(String::deserialize(deserializer)?)))
    }
}

/// Checks names of secrets, and how much all of them are.
///
/// # Errors
/// Everything that is wrong, each with its name.
pub fn check_secrets(secrets: &Secrets) -> Result<(), Invalid> {
    let report = Report::default();
    for name in secrets.keys() {
        if !is_variable_name(name) {
            report.mistake(format!("{name:?}"), "use letters, digits and _, with no digit first");
        }
        if name.len() > MAX_NAME_BYTES {
            let problem = format!("{} bytes, a name has at most {MAX_NAME_BYTES}", name.len());
            report.mistake(format!("{name:?}"), problem);
        }
    }
    let bytes = serde_json::to_vec(secrets).map_or(usize::MAX, |json| Zeroizing::new(json).len());
    if bytes > MAX_SECRETS_BYTES {
        let problem = format!("{bytes} bytes as JSON, at most {MAX_SECRETS_BYTES} fit");
        report.mistake("(all secrets of the function together)", problem);
    }
    Ok(report.conclude("the secrets", ()).map(|((), _)| ())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(all: &[(&str, &str)]) -> Secrets {
        let secret = |value: &str| Secret::new(value.as_bytes()).unwrap();
        all.iter().map(|(name, value)| ((*name).to_owned(), secret(value))).collect()
    }

    #[test]
    fn what_is_debugged_is_not_the_value() {
        let all = secrets(&[("TOKEN", "hunter2")]);
        assert_eq!(format!("{all:?}"), "{\"TOKEN\": [secret]}");
        assert_eq!(serde_json::to_string(&all).unwrap(), "{\"TOKEN\":\"hunter2\"}");
    }

    #[test]
    fn a_value_is_text_of_one_byte_to_64_kib() {
        assert_eq!(Secret::new(b"x").unwrap().reveal(), "x");
        assert!(Secret::new(&[b'x'; MAX_SECRET_BYTES]).is_ok());
        assert_eq!(Secret::new(b"").unwrap_err(), BadSecret::Empty);
        let long = [b'x'; MAX_SECRET_BYTES + 1];
        assert_eq!(Secret::new(&long).unwrap_err(), BadSecret::TooLong(MAX_SECRET_BYTES + 1));
        assert_eq!(Secret::new(b"\xff").unwrap_err(), BadSecret::NoText);
    }

    #[test]
    fn bad_names_and_too_much_are_refused_at_once_and_no_value_is_named() {
        assert!(check_secrets(&secrets(&[("A_1", "a"), ("_", "x")])).is_ok());
        let (name, value) = ("N".repeat(129), "x".repeat(MAX_SECRET_BYTES));
        let all = secrets(&[("9X", "hunter2"), (&name, "b"), ("A", &value), ("B", &value)]);
        let said = check_secrets(&all).unwrap_err().to_string();
        for part in ["\"9X\": use letters", "a name has at most 128", "as JSON, at most 98304"] {
            assert!(said.contains(part), "{part} is missing in:\n{said}");
        }
        assert!(!said.contains("hunter2"), "{said}");
    }
}
