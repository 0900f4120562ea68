//! A state directory becomes a backup.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::contents::{self, Contents, DATABASE, MANIFEST};
use super::folder;
use crate::bundles::{self, Bundles};
use crate::registry::{self, RegistryError};

/// Bytes that are written at a time.
const PIECE: usize = 64 << 10;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum NotPacked {
    /// The registry can't be copied.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A bundle or source map is not what it was.
    #[error(
        "{0} in the state's folder \"bundles\" is damaged or missing; deploy what it belongs to again"
    )]
    Damaged(String),
    /// The disk, or the client.
    #[error("cannot write the backup")]
    Io(#[from] io::Error),
}

/// One state of everything, ready to be packed.
#[derive(Debug)]
pub struct Snapshot {
    folder: TempDir,
    contents: Contents,
    bundles: PathBuf,
    /// Functions in service that are in it.
    pub functions: u64,
    /// Versions that are in it.
    pub versions: u64,
}

impl Snapshot {
    /// Of a state directory, as it is now.
    pub fn take(state: &Path) -> Result<Self, NotPacked> {
        let folder = folder(state)?;
        let database = folder.path().join(DATABASE);
        let copied = registry::copy_to(state, &database)?;
        let bundles = Bundles::folder(state);
        let mut files = vec![described(&database)?];
        for hash in copied.files {
            let length = bundles.join(&hash).metadata().map(|file| file.len());
            let length = length.map_err(|_| NotPacked::Damaged(hash.clone()))?;
            files.push(contents::File::bundle(hash, length));
        }
        let contents = Contents::new(copied.schema, files);
        Ok(Self {
            folder,
            contents,
            bundles,
            functions: copied.functions,
            versions: copied.versions,
        })
    }

    /// Writes the whole archive.
    pub fn pack(&self, sink: impl Write) -> Result<(), NotPacked> {
        let mut tar = Builder::new(BufWriter::with_capacity(PIECE, sink));
        let json = serde_json::to_vec_pretty(&self.contents).map_err(io::Error::from)?;
        append(&mut tar, MANIFEST, json.len() as u64, &*json)?;
        for file in &self.contents.files {
            let path = match file.hash() {
                Some(hash) => self.bundles.join(hash),
                None => self.folder.path().join(&file.name),
            };
            let damaged = |_| NotPacked::Damaged(file.name.clone());
            let mut content = Hashed::new(File::open(path).map_err(damaged)?.take(file.bytes));
            append(&mut tar, &file.name, file.bytes, &mut content)?;
            if content.hash() != file.sha256 {
                return Err(NotPacked::Damaged(file.name.clone()));
            }
        }
        Ok(tar.into_inner()?.flush()?)
    }
}

fn append<W: Write>(
    tar: &mut Builder<W>,
    name: &str,
    bytes: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(bytes);
    tar.append_data(&mut header, name, content)
}

fn described(path: &Path) -> io::Result<contents::File> {
    let mut content = Hashed::new(File::open(path)?);
    let bytes = io::copy(&mut content, &mut io::sink())?;
    Ok(contents::File { name: DATABASE.to_owned(), bytes, sha256: content.hash() })
}

/// Hashes what is read.
#[derive(Debug)]
pub struct Hashed<R> {
    source: R,
    hasher: Sha256,
}

impl<R> Hashed<R> {
    pub fn new(source: R) -> Self {
        Self { source, hasher: Sha256::new() }
    }

    /// The SHA-256 of all that was read, in hex.
    pub fn hash(self) -> String {
        bundles::hex(&self.hasher.finalize())
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(into)?;
        self.hasher.update(&into[..length]);
        Ok(length)
    }
}
