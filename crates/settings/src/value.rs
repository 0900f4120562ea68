//! How a TOML value becomes a setting.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::Value;

use crate::{ByteSize, Millis};

/// A type that a setting can have.
pub trait FromSetting: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// A sentence saying what is wrong with it and what would do.
    fn from_setting(value: &Value) -> Result<Self, String>;
}

fn wanted(what: &str, value: &Value) -> String {
    format!("{value} is {}, wanted {what}", article(value.type_str()))
}

fn article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

impl FromSetting for String {
    fn from_setting(value: &Value) -> Result<Self, String> {
        value.as_str().map(str::to_owned).ok_or_else(|| wanted("a string", value))
    }
}

impl FromSetting for PathBuf {
    fn from_setting(value: &Value) -> Result<Self, String> {
        String::from_setting(value).map(Self::from)
    }
}

impl FromSetting for bool {
    fn from_setting(value: &Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| wanted("true or false", value))
    }
}

impl FromSetting for u32 {
    fn from_setting(value: &Value) -> Result<Self, String> {
        let number = value.as_integer().and_then(|n| Self::try_from(n).ok());
        number.ok_or_else(|| wanted("a whole number from 0 to 4294967295", value))
    }
}

impl FromSetting for Millis {
    fn from_setting(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| wanted("a duration like \"30s\"", value))?;
        Self::parse(text)
    }
}

impl FromSetting for ByteSize {
    fn from_setting(value: &Value) -> Result<Self, String> {
        if let Some(bytes) = value.as_integer().and_then(|n| u64::try_from(n).ok()) {
            return Ok(Self::new(bytes));
        }
        let text = value.as_str().ok_or_else(|| wanted("a size like \"10MB\"", value))?;
        Self::parse(text)
    }
}

impl<T: FromSetting> FromSetting for Vec<T> {
    fn from_setting(value: &Value) -> Result<Self, String> {
        let list = value.as_array().ok_or_else(|| wanted("a list", value))?;
        list.iter().map(T::from_setting).collect()
    }
}

impl<T: FromSetting> FromSetting for BTreeMap<String, T> {
    fn from_setting(value: &Value) -> Result<Self, String> {
        let table = value.as_table().ok_or_else(|| wanted("a table", value))?;
        table.iter().map(|(key, v)| Ok((key.clone(), T::from_setting(v)?))).collect()
    }
}
