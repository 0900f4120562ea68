//! What a custom profile can grant: paths and hosts, as types that can't be wrong.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A path on the server: absolute, without `.` and `..`, not the root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GrantedPath(PathBuf);

/// A host and its port, `api.example.com:443`; `*.example.org` is every host below; without a port, 443.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GrantedHost {
    name: String,
    port: u16,
}

/// What can't be granted, and what would do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPermission {
    /// A path that means different things in different places.
    #[error("{0:?} is no absolute path; write it like \"/srv/assets\", without . and ..")]
    Path(String),
    /// All files.
    #[error("\"/\" grants every file; name the folders that are needed")]
    Root,
    /// Not a host.
    #[error("{0:?} is no host; write it like \"api.example.com:443\" or \"*.example.org\"")]
    Host(String),
    /// There is nothing that could be granted.
    #[error("{0}: there is no such file or folder on the server")]
    NotThere(PathBuf),
    /// It leads elsewhere.
    #[error("{path}: leads to {to} by a symbolic link; grant that instead")]
    Link {
        /// What was to be granted.
        path: PathBuf,
        /// What it is.
        to: PathBuf,
    },
}

impl GrantedPath {
    /// The path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// Checks that it is there, and no way to somewhere else.
    ///
    /// # Errors
    /// When it is not there, can't be seen, or has a symbolic link in it.
    pub fn check_here(&self) -> Result<(), BadPermission> {
        match self.0.canonicalize() {
            Ok(real) if real == self.0 => Ok(()),
            Ok(real) => Err(BadPermission::Link { path: self.0.clone(), to: real }),
            Err(_) => Err(BadPermission::NotThere(self.0.clone())),
        }
    }
}

impl FromStr for GrantedPath {
    type Err = BadPermission;

    fn from_str(text: &str) -> Result<Self, BadPermission> {
        let bad = || BadPermission::Path(text.to_owned());
        let path: PathBuf = Path::new(text).components().collect();
        let is_plain = |part| matches!(part, Component::RootDir | Component::Normal(_));
        // `components` leaves out each `.` that is not the first.
        let has_dots = text.split('/').any(|part| part == "." || part == "..");
        if !path.is_absolute() || has_dots || text.contains('\0') {
            return Err(bad());
        }
        if !path.components().all(is_plain) {
            return Err(bad());
        }
        if path == Path::new("/") { Err(BadPermission::Root) } else { Ok(Self(path)) }
    }
}

impl FromStr for GrantedHost {
    type Err = BadPermission;

    fn from_str(text: &str) -> Result<Self, BadPermission> {
        let bad = || BadPermission::Host(text.to_owned());
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) => (name, port.parse().map_err(|_| bad())?),
            None => (text, 443),
        };
        let labels = name.strip_prefix("*.").unwrap_or(name);
        let is_label = |label: &str| {
            let word = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            (1..=63).contains(&label.len()) && label.bytes().all(word)
        };
        if port == 0 || name.len() > 253 || !labels.split('.').all(is_label) {
            return Err(bad());
        }
        Ok(Self { name: name.to_ascii_lowercase(), port })
    }
}

impl fmt::Display for GrantedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl fmt::Display for GrantedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.port)
    }
}

impl TryFrom<String> for GrantedPath {
    type Error = BadPermission;

    fn try_from(text: String) -> Result<Self, BadPermission> {
        text.parse()
    }
}

impl TryFrom<String> for GrantedHost {
    type Error = BadPermission;

    fn try_from(text: String) -> Result<Self, BadPermission> {
        text.parse()
    }
}

impl From<GrantedPath> for String {
    fn from(path: GrantedPath) -> Self {
        path.to_string()
    }
}

impl From<GrantedHost> for String {
    fn from(host: GrantedHost) -> Self {
        host.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_absolute_and_plain_or_refused() {
        for good in ["/srv/assets", "/srv//assets/", "/srv/..assets"] {
            assert!(good.parse::<GrantedPath>().is_ok(), "{good}");
        }
        for bad in
            ["", "assets", "./assets", "/srv/../etc", "/..", "/srv/./x", "/srv/.", "/a\0b", "/"]
        {
            assert!(bad.parse::<GrantedPath>().is_err(), "{bad:?}");
        }
        assert_eq!("/srv//assets/".parse::<GrantedPath>().unwrap().to_string(), "/srv/assets");
    }

    #[test]
    fn a_host_has_a_name_and_a_port_or_is_refused() {
        for (text, read) in [
            ("api.example.com:443", "api.example.com:443"),
            ("*.Example.org", "*.example.org:443"),
            ("10.0.0.1:5432", "10.0.0.1:5432"),
        ] {
            assert_eq!(text.parse::<GrantedHost>().unwrap().to_string(), read);
        }
        for bad in [
            "",
            ":443",
            "a:0",
            "a:70000",
            "a:b",
            "a b",
            "https://a",
            "*",
            "a.*.b",
            "a..b",
            "*.",
            "a/b",
        ] {
            assert!(bad.parse::<GrantedHost>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_path_that_is_a_link_or_not_there_is_not_granted() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap().join("real");
        std::fs::create_dir(&real).unwrap();
        let link = real.with_file_name("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let check =
            |path: &Path| path.to_str().unwrap().parse::<GrantedPath>().unwrap().check_here();
        assert_eq!(check(&real), Ok(()));
        assert!(matches!(check(&link), Err(BadPermission::Link { .. })));
        assert!(matches!(check(&link.join("below")), Err(BadPermission::NotThere(_))));
    }
}
