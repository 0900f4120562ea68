//! A backup becomes files again, below a folder of its own. Nothing in it is believed.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;
use tar::{Archive, Entry, EntryType};
use tempfile::TempDir;

use super::contents::{Contents, DATABASE, File, MANIFEST, MAX_MANIFEST};
use super::folder;
use super::pack::Hashed;

/// Why a file is no backup that can be restored.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is no archive, or ends early.
    #[error("the archive can't be read ({0}): is it a whole file that \"bunbase backup\" wrote?")]
    Unreadable(#[source] io::Error),
    /// Something else is first.
    #[error("it does not begin with {MANIFEST}; \"bunbase backup\" writes files that do")]
    NoManifest,
    /// Its first file can't be understood.
    #[error("its {MANIFEST} can't be understood: {0}")]
    Manifest(#[source] serde_json::Error),
    /// What it says of itself is no time or no release.
    #[error("its {MANIFEST} does not say when, or by which release, it was made")]
    Origin,
    /// Another format.
    #[error("it has format {0}, and this release reads {format}", format = super::contents::FORMAT)]
    Format(u32),
    /// The registry is of a later release.
    #[error(
        "its registry is at schema {found}, this release knows {known}; install the newer release first"
    )]
    Schema {
        /// What it is at.
        found: u32,
        /// What this release knows.
        known: u32,
    },
    /// More files than can be.
    #[error("it has {found} files, at most {most} are allowed")]
    TooManyFiles {
        /// So many.
        found: usize,
        /// And so many can be.
        most: usize,
    },
    /// A file that no backup has.
    #[error("it has a file {0:?}, which is none of a backup")]
    Foreign(String),
    /// A file is too large.
    #[error("{name} has {bytes} bytes, at most {most} are allowed")]
    TooLarge {
        /// Its name.
        name: String,
        /// Its length.
        bytes: u64,
        /// What is allowed.
        most: u64,
    },
    /// One file twice.
    #[error("it has {0} twice")]
    Twice(String),
    /// Without a registry.
    #[error("it has no {DATABASE}")]
    NoDatabase,
    /// There is no room for it.
    #[error("it has {bytes} bytes, and the disk of the state directory has {free} left")]
    NoSpace {
        /// What it has.
        bytes: u64,
        /// What there is.
        free: u64,
    },
    /// Something else comes where a file should.
    #[error("{wanted} should come next in it, and {found:?} does")]
    OutOfPlace {
        /// What comes.
        found: String,
        /// What should.
        wanted: String,
    },
    /// It is a link, a folder or something else.
    #[error("{0:?} in it is no plain file")]
    NoFile(String),
    /// Shorter or longer than announced.
    #[error("{name} should have {wanted} bytes, and has {found}")]
    Length {
        /// Its name.
        name: String,
        /// As in its manifest.
        wanted: u64,
        /// As it is.
        found: u64,
    },
    /// Its content is another.
    #[error("{0} in it is damaged: its SHA-256 is another than {MANIFEST} has")]
    Damaged(String),
    /// The end comes early.
    #[error("it ends before {0}: it is not whole")]
    CutOff(String),
    /// Our own disk.
    #[error("cannot unpack the backup")]
    Io(#[from] io::Error),
}

/// What was in it, checked as far as files go.
#[derive(Debug)]
pub struct Unpacked {
    folder: TempDir,
    /// Its `manifest.json`.
    pub contents: Contents,
}

impl Unpacked {
    /// Reads a whole archive into a folder below the state directory. `known`: the schema of this release.
    pub fn read(source: impl Read, state: &Path, known: u32) -> Result<Self, Refused> {
        let mut archive = Archive::new(source);
        // Raw: names and sizes are those of each header, and nothing else in it is acted on.
        let mut entries = archive.entries().map_err(Refused::Unreadable)?.raw(true);
        let first = entries.next().ok_or(Refused::NoManifest)?;
        let contents = contents(first.map_err(Refused::Unreadable)?)?;
        contents.check(known)?;
        check_space(state, contents.bytes())?;
        let folder = folder(state)?;
        for file in &contents.files {
            let entry = entries.next().ok_or_else(|| Refused::CutOff(file.name.clone()))?;
            take(entry.map_err(Refused::Unreadable)?, file, &path(folder.path(), file))?;
        }
        match entries.next() {
            None => Ok(Self { folder, contents }),
            Some(entry) => Err(Refused::Foreign(name(&entry.map_err(Refused::Unreadable)?))),
        }
    }

    /// The registry.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join(DATABASE)
    }

    /// Bundles and source maps: where they are, and their names in the folder of bundles.
    pub fn bundles(&self) -> impl Iterator<Item = (PathBuf, &str)> {
        let files = self.contents.files.iter();
        files.filter_map(|file| Some((path(self.folder.path(), file), file.hash()?)))
    }
}

fn path(folder: &Path, file: &File) -> PathBuf {
    folder.join(file.hash().unwrap_or(DATABASE))
}

fn contents(entry: Entry<'_, impl Read>) -> Result<Contents, Refused> {
    if name(&entry) != MANIFEST {
        return Err(Refused::NoManifest);
    }
    check_kind(&entry)?;
    if entry.size() > MAX_MANIFEST {
        let name = MANIFEST.to_owned();
        return Err(Refused::TooLarge { name, bytes: entry.size(), most: MAX_MANIFEST });
    }
    let mut json = Vec::new();
    entry.take(MAX_MANIFEST).read_to_end(&mut json).map_err(Refused::Unreadable)?;
    serde_json::from_slice(&json).map_err(Refused::Manifest)
}

fn name(entry: &Entry<'_, impl Read>) -> String {
    String::from_utf8_lossy(&entry.path_bytes()).into_owned()
}

fn check_kind(entry: &Entry<'_, impl Read>) -> Result<(), Refused> {
    match entry.header().entry_type() {
        EntryType::Regular => Ok(()),
        _ => Err(Refused::NoFile(name(entry))),
    }
}

/// Writes one file, if it is the one that should come.
fn take(entry: Entry<'_, impl Read>, file: &File, path: &Path) -> Result<(), Refused> {
    let wanted = file.name.clone();
    if entry.path_bytes() != wanted.as_bytes() {
        return Err(Refused::OutOfPlace { found: name(&entry), wanted });
    }
    check_kind(&entry)?;
    if entry.size() != file.bytes {
        return Err(Refused::Length { name: wanted, wanted: file.bytes, found: entry.size() });
    }
    let mut content = Hashed::new(entry);
    let length = write(&mut content, path)?;
    if length != file.bytes {
        return Err(Refused::CutOff(format!("the end of {wanted}")));
    }
    (content.hash() == file.sha256).then_some(()).ok_or(Refused::Damaged(wanted))
}

fn write(content: &mut impl Read, path: &Path) -> Result<u64, Refused> {
    let mut file = fs::File::create_new(path)?;
    let mut piece = vec![0; 64 << 10];
    let mut length = 0;
    loop {
        match content.read(&mut piece).map_err(Refused::Unreadable)? {
            0 => break,
            n => file.write_all(&piece[..n]).map(|()| length += n as u64)?,
        }
    }
    file.sync_all()?;
    Ok(length)
}

fn check_space(state: &Path, bytes: u64) -> Result<(), Refused> {
    let disk = statvfs(state).map_err(io::Error::from)?;
    let free = disk.blocks_available().saturating_mul(disk.fragment_size());
    if bytes > free { Err(Refused::NoSpace { bytes, free }) } else { Ok(()) }
}
