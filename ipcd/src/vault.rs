//! The key of secrets: where it comes from, and sealing with it.
//!
//! # Layout
//! - [`key`]: a key, and what is sealed with it
//! - [`file`]: keys in files

mod file;
mod key;

use std::path::{Path, PathBuf};

pub use file::KEY_FILE;
pub use key::{KEY_BYTES, Key};

/// Why there is no key, or not the right one. Nothing has been changed then.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file that can't be read.
    #[error("cannot read the key of secrets, {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// A file that can't be written.
    #[error("cannot make the key of secrets, {}", path.display())]
    NotMade {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// Others may read it.
    #[error(
        "{0} has the mode {mode:04o}, so that others may use the key of secrets; run: chmod 600 {0}",
        path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is no key.
    #[error(
        "{} has {bytes} bytes, and a key of secrets has {KEY_BYTES}; put the right one there, \
         it is not made anew by itself",
        path.display()
    )]
    Length {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The key is another one than secrets were sealed with.
    #[error(
        "the secrets in the registry are sealed with the key {sealed}, but {} holds the key {found}; \
         give ipcd the first one again. Nothing was changed; docs/secrets.md says what to do when it is lost",
        from.display()
    )]
    Other {
        /// The id of the key that is needed.
        sealed: String,
        /// The id of the key that is there.
        found: String,
        /// Where that is.
        from: PathBuf,
    },
    /// There are secrets and no key.
    #[error(
        "the secrets in the registry are sealed with the key {sealed}, and it is gone: {} is not there; \
         put it back. Nothing was changed; docs/secrets.md says what to do when it is lost",
        from.display()
    )]
    Gone {
        /// The id of the key that is needed.
        sealed: String,
        /// Where one was looked for.
        from: PathBuf,
    },
    /// The kernel gave none.
    #[error("no random numbers")]
    Random(#[from] getrandom::Error),
}

/// The key, or where it will be.
#[derive(Debug)]
pub struct Vault {
    from: PathBuf,
    key: Option<Key>,
}

impl Vault {
    /// With the key in the file `credential` if that is there, or else that of the state directory.
    pub fn open(state: &Path, credential: Option<&Path>) -> Result<Self, KeyError> {
        if let Some(path) = credential.filter(|path| path.exists()) {
            let key = file::read_credential(path)?;
            return Ok(Self { from: path.to_owned(), key: Some(key) });
        }
        let from = state.join(KEY_FILE);
        let key = file::read(&from)?;
        Ok(Self { from, key })
    }

    /// The key, if it is there already.
    pub fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// The key; made now, if there has never been a need for one.
    pub fn key_or_new(&mut self) -> Result<&Key, KeyError> {
        let key = match self.key.take() {
            Some(key) => key,
            None => file::read_or_make(&self.from)?,
        };
        Ok(self.key.insert(key))
    }

    /// Whether it is the key of this id that is there.
    pub fn expect(&self, sealed: &str) -> Result<(), KeyError> {
        let (sealed, from) = (sealed.to_owned(), self.from.clone());
        match &self.key {
            Some(key) if key.id() == sealed => Ok(()),
            Some(key) => Err(KeyError::Other { sealed, found: key.id().to_owned(), from }),
            None => Err(KeyError::Gone { sealed, from }),
        }
    }
}
