//! The walk over a table: what was asked for, what was found, what was wrong.

use std::cell::RefCell;
use std::fmt;

use toml::{Table, Value};

use crate::FromSetting;

/// Where a setting comes from that no file has.
pub const DEFAULT: &str = "default";

/// One thing wrong in a file: where, and what would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The dotted key, `limits.timeout`.
    pub key: String,
    /// What is wrong and what would do, as a sentence without its full stop.
    pub problem: String,
}

/// All the mistakes of one source, in the order they were met. Never empty when it is an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes {
    /// The file, or whatever else was read.
    pub source_name: String,
    /// What is wrong in it.
    pub list: Vec<Mistake>,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, mistake) in self.list.iter().enumerate() {
            let newline = if n == 0 { "" } else { "\n" };
            write!(f, "{newline}{}: {}: {}", self.source_name, mistake.key, mistake.problem)?;
        }
        Ok(())
    }
}

/// A setting as it is in force, for `--check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The dotted key.
    pub key: String,
    /// Its value, as TOML.
    pub value: String,
    /// The file that set it, or "default".
    pub origin: String,
}

/// What reading gathered: mistakes and effective values.
#[derive(Debug, Default)]
pub struct Report {
    mistakes: RefCell<Vec<Mistake>>,
    effective: RefCell<Vec<Effective>>,
}

impl Report {
    /// The value if nothing was wrong.
    ///
    /// # Errors
    /// Every mistake that any reader on this report met.
    pub fn conclude<T>(self, source_name: &str, value: T) -> Result<(T, Vec<Effective>), Mistakes> {
        let list = self.mistakes.into_inner();
        if list.is_empty() {
            return Ok((value, self.effective.into_inner()));
        }
        Err(Mistakes { source_name: source_name.to_owned(), list })
    }

    /// Notes a mistake that only the caller can see, such as one between two keys.
    pub fn mistake(&self, key: impl Into<String>, problem: impl Into<String>) {
        self.mistakes.borrow_mut().push(Mistake { key: key.into(), problem: problem.into() });
    }
}

/// One table being read.
pub struct Reader<'a> {
    table: Option<&'a Table>,
    prefix: String,
    origin: &'a str,
    known: RefCell<Vec<&'static str>>,
    report: &'a Report,
}

impl<'a> Reader<'a> {
    /// Starts at the top of a document that came from `origin`.
    #[must_use]
    pub fn new(table: &'a Table, origin: &'a str, report: &'a Report) -> Self {
        Self {
            table: Some(table),
            prefix: String::new(),
            origin,
            known: RefCell::default(),
            report,
        }
    }

    /// The setting, or its default. A value that can't be read is noted and the default returned.
    pub fn get<T: FromSetting + fmt::Display>(&self, key: &'static str, default: T) -> T {
        let value = self.optional(key).unwrap_or(default);
        self.in_force(key, &value, DEFAULT);
        value
    }

    /// Notes what is in force for a setting that [`Reader::get`] doesn't read, and where it comes from if the source does not say.
    pub fn in_force(&self, key: &str, value: impl fmt::Display, otherwise: &str) {
        let is_set = self.table.is_some_and(|table| table.contains_key(key));
        let origin = if is_set { self.origin } else { otherwise }.to_owned();
        let effective = Effective { key: self.path(key), value: value.to_string(), origin };
        self.report.effective.borrow_mut().push(effective);
    }

    /// The setting if it is there and can be read.
    pub fn optional<T: FromSetting>(&self, key: &'static str) -> Option<T> {
        self.known.borrow_mut().push(key);
        let value = self.table?.get(key)?;
        let read = T::from_setting(value);
        read.map_err(|problem| self.mistake(key, problem)).ok()
    }

    /// The table under a key; a missing one reads as empty.
    pub fn section(&self, key: &'static str) -> Reader<'a> {
        self.known.borrow_mut().push(key);
        let value = self.table.and_then(|t| t.get(key));
        if value.is_some_and(|v| !v.is_table()) {
            self.mistake(key, format!("this is a section, write [{}]", self.path(key)));
        }
        let prefix = format!("{}.", self.path(key));
        let table = value.and_then(Value::as_table);
        Reader {
            table,
            prefix,
            origin: self.origin,
            known: RefCell::default(),
            report: self.report,
        }
    }

    /// Notes a mistake about one of this table's keys.
    pub fn mistake(&self, key: &str, problem: impl Into<String>) {
        self.report.mistake(self.path(key), problem);
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        let known = self.known.borrow();
        let unknown =
            self.table.into_iter().flat_map(Table::keys).filter(|k| !known.contains(&k.as_str()));
        for key in unknown {
            self.mistake(key, format!("unknown key{}", suggestion(key, &known)));
        }
    }

    fn path(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }
}

fn suggestion(key: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|k| (strsim::damerau_levenshtein(key, k), k)).min();
    match nearest {
        Some((distance, name)) if distance <= 3 && distance < name.len() => {
            format!(", did you mean {name:?}?")
        }
        _ => format!("; known here: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ByteSize, Millis};

    fn read(text: &str) -> Result<(Millis, ByteSize), Mistakes> {
        let table = text.parse::<Table>().unwrap();
        let report = Report::default();
        let top = Reader::new(&table, "test.toml", &report);
        let limits = top.section("limits");
        let read =
            (limits.get("timeout", Millis::from_secs(30)), limits.get("memory", ByteSize::mib(1)));
        limits.finish();
        top.finish();
        report.conclude("test.toml", read).map(|(read, _)| read)
    }

    #[test]
    fn a_missing_section_reads_as_defaults() {
        assert_eq!(read("").unwrap(), (Millis::from_secs(30), ByteSize::mib(1)));
    }

    #[test]
    fn every_mistake_is_reported_at_once_with_key_and_remedy() {
        let error = read("color = 1\n[limits]\ntimeout = 30\nmemry = \"1MB\"").unwrap_err();
        let text = error.to_string();
        assert_eq!(error.list.len(), 3, "{text}");
        assert!(
            text.contains(
                "test.toml: limits.timeout: 30 is an integer, wanted a duration like \"30s\""
            ),
            "{text}"
        );
        assert!(text.contains("limits.memry: unknown key, did you mean \"memory\"?"), "{text}");
        assert!(text.contains("color: unknown key; known here: limits"), "{text}");
    }

    #[test]
    fn a_value_where_a_section_belongs_says_how_to_write_it() {
        assert!(read("limits = 3").unwrap_err().to_string().contains("write [limits]"));
    }
}
