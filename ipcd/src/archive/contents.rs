//! `manifest.json`: what a backup has.

use std::collections::HashSet;

use bunbase_wire::ipc::MAX_FRAME;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Refused;

/// The format that this release writes, and the only one that it reads.
pub const FORMAT: u32 = 1;

/// Itself.
pub const MANIFEST: &str = "manifest.json";

/// The registry.
pub const DATABASE: &str = "registry.db";

/// The folder of bundles and source maps.
const BUNDLES: &str = "bundles/";

/// The most files that a backup has.
const MAX_FILES: usize = 100_000;

/// The longest name of a release.
const MAX_RELEASE: usize = 64;

/// The longest `manifest.json`: one with so many files fits.
pub const MAX_MANIFEST: u64 = 32 << 20;

/// The most bytes of a registry.
const MAX_DATABASE: u64 = 4 << 30;

/// What a backup has.
#[derive(Debug, Serialize, Deserialize)]
pub struct Contents {
    /// The format of all of it.
    pub format: u32,
    /// The release that made it.
    pub release: String,
    /// When, RFC 3339.
    pub created: String,
    /// The schema of the registry.
    pub schema: u32,
    /// The files behind this one, in order.
    pub files: Vec<File>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// `registry.db`, or `bundles/` and a SHA-256.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

impl File {
    /// A bundle or a source map.
    pub fn bundle(hash: String, bytes: u64) -> Self {
        Self { name: format!("{BUNDLES}{hash}"), bytes, sha256: hash }
    }

    /// The name in the folder of bundles, of one that belongs there.
    pub fn hash(&self) -> Option<&str> {
        self.name.strip_prefix(BUNDLES)
    }

    fn most_bytes(&self) -> u64 {
        if self.name == DATABASE { MAX_DATABASE } else { MAX_FRAME as u64 }
    }

    fn has_known_name(&self) -> bool {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_hash = self.sha256.len() == 64 && self.sha256.bytes().all(is_digit);
        is_hash && (self.name == DATABASE || self.hash() == Some(&self.sha256))
    }
}

impl Contents {
    /// Of this release, now.
    pub fn new(schema: u32, files: Vec<File>) -> Self {
        let created = Timestamp::now().to_string();
        let release = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, release, created, schema, files }
    }

    /// Whether this release can take it, as far as can be told from this.
    pub fn check(&self, known: u32) -> Result<(), Refused> {
        if self.format != FORMAT {
            return Err(Refused::Format(self.format));
        }
        if self.schema > known {
            return Err(Refused::Schema { found: self.schema, known });
        }
        // Both are shown to people.
        let shown = self.created.parse::<Timestamp>().is_ok() && self.release.len() <= MAX_RELEASE;
        if !shown || self.release.contains(|c: char| !c.is_ascii_graphic()) {
            return Err(Refused::Origin);
        }
        if self.files.len() > MAX_FILES {
            return Err(Refused::TooManyFiles { found: self.files.len(), most: MAX_FILES });
        }
        self.check_files()
    }

    fn check_files(&self) -> Result<(), Refused> {
        let mut names = HashSet::new();
        for file in &self.files {
            let name = || file.name.clone();
            if !file.has_known_name() {
                return Err(Refused::Foreign(name()));
            }
            if file.bytes > file.most_bytes() {
                let (bytes, most) = (file.bytes, file.most_bytes());
                return Err(Refused::TooLarge { name: name(), bytes, most });
            }
            if !names.insert(file.name.as_str()) {
                return Err(Refused::Twice(name()));
            }
        }
        names.contains(DATABASE).then_some(()).ok_or(Refused::NoDatabase)
    }

    /// The bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).fold(0, u64::saturating_add)
    }
}
