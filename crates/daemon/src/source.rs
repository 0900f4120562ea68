//! Where configuration comes from: a file named on the command line, or the one in the directory that the
//! service manager names. Nothing is opened before all of it is checked.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use bunbase_settings::{Effective, Mistakes, Reader, Report};
use toml::Table;

/// The outside that configuration is read from; a map in tests.
pub trait Source {
    /// An environment variable, if it is set and is text.
    fn var(&self, name: &str) -> Option<String>;
    /// A file's text, or `None` if there is no such file.
    ///
    /// # Errors
    /// When it is there and can't be read.
    fn file(&self, path: &Path) -> io::Result<Option<String>>;
}

/// The process's own environment and the filesystem.
#[derive(Debug, Clone, Copy)]
pub struct Process;

impl Source for Process {
    fn var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> io::Result<Option<String>> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
}

/// Why there is no configuration. Ends a daemon with exit status 78.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The named file isn't there or can't be read.
    #[error("cannot read configuration {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Not TOML.
    #[error("{}: {cause}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        cause: toml::de::Error,
    },
    /// TOML, with mistakes in it.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// In order in itself, but what it leads to can't be used.
    #[error(transparent)]
    Unusable(Box<dyn std::error::Error + Send + Sync>),
    /// A variable that the service manager sets is missing.
    #[error(
        "{variable} is not set; the unit sets it with {directive}=, and \"bunbase up\" does too"
    )]
    NoDirectory {
        /// The variable.
        variable: &'static str,
        /// The directive of the unit that sets it.
        directive: &'static str,
    },
}

/// The directory in a variable like `STATE_DIRECTORY`; systemd lists several with colons, the first counts.
pub(crate) fn directory(
    source: &dyn Source,
    variable: &'static str,
    directive: &'static str,
) -> Result<PathBuf, ConfigError> {
    let value = source.var(variable).filter(|v| !v.is_empty());
    let value = value.ok_or(ConfigError::NoDirectory { variable, directive })?;
    Ok(PathBuf::from(value.split(':').next().unwrap_or_default()))
}

/// The directory of the service manager's credentials, if there are any.
pub(crate) fn credentials(source: &dyn Source) -> Option<PathBuf> {
    source.var("CREDENTIALS_DIRECTORY").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Reads `NAME.toml`: the `explicit` file, which must be there then, or the one of the configuration
/// directory, or none.
pub(crate) fn load<T>(
    source: &dyn Source,
    explicit: Option<&Path>,
    name: &str,
    read: impl FnOnce(&Reader<'_>) -> T,
) -> Result<(T, Vec<Effective>), ConfigError> {
    let path = explicit.map(Path::to_owned).or_else(|| default_path(source, name));
    let table = match &path {
        Some(path) => table(source, path, explicit.is_some())?,
        None => Table::new(),
    };
    let origin = path.map_or_else(|| "default".to_owned(), |path| path.display().to_string());
    let report = Report::default();
    let reader = Reader::new(&table, &origin, &report);
    let config = read(&reader);
    reader.finish();
    Ok(report.conclude(&origin, config)?)
}

fn default_path(source: &dyn Source, name: &str) -> Option<PathBuf> {
    let directory = directory(source, "CONFIGURATION_DIRECTORY", "ConfigurationDirectory").ok()?;
    Some(directory.join(format!("{name}.toml")))
}

fn table(source: &dyn Source, path: &Path, required: bool) -> Result<Table, ConfigError> {
    let unreadable = |cause| ConfigError::Unreadable { path: path.to_owned(), cause };
    match source.file(path).map_err(unreadable)? {
        Some(text) => {
            text.parse().map_err(|cause| ConfigError::Toml { path: path.to_owned(), cause })
        }
        None if required => Err(unreadable(ErrorKind::NotFound.into())),
        None => Ok(Table::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bunbase_settings::Millis;
    use std::collections::HashMap;

    struct Map(HashMap<&'static str, &'static str>);

    impl Source for Map {
        fn var(&self, name: &str) -> Option<String> {
            self.0.get(name).map(ToString::to_string)
        }

        fn file(&self, path: &Path) -> io::Result<Option<String>> {
            Ok(path.to_str().and_then(|p| self.0.get(p)).map(ToString::to_string))
        }
    }

    fn drain(
        map: &[(&'static str, &'static str)],
        explicit: Option<&str>,
    ) -> Result<String, String> {
        let map = Map(map.iter().copied().collect());
        let read = |file: &Reader<'_>| file.get("drain", Millis::from_secs(10));
        let loaded = load(&map, explicit.map(Path::new), "gateway", read);
        loaded
            .map(|(value, from)| format!("{value} from {}", from[0].origin))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn the_default_holds_where_no_file_is() {
        assert_eq!(drain(&[], None).unwrap(), "10s from default");
        assert_eq!(
            drain(&[("CONFIGURATION_DIRECTORY", "/etc/b")], None).unwrap(),
            "10s from default"
        );
    }

    #[test]
    fn the_file_of_the_configuration_directory_counts_and_an_explicit_one_more() {
        let files = [
            ("CONFIGURATION_DIRECTORY", "/etc/b:/etc/c"),
            ("/etc/b/gateway.toml", "drain = \"3s\""),
            ("/x.toml", "drain = \"4s\""),
        ];
        assert_eq!(drain(&files, None).unwrap(), "3s from /etc/b/gateway.toml");
        assert_eq!(drain(&files, Some("/x.toml")).unwrap(), "4s from /x.toml");
    }

    #[test]
    fn an_explicit_file_must_be_there() {
        assert!(drain(&[], Some("/x.toml")).unwrap_err().contains("/x.toml"));
    }
}
