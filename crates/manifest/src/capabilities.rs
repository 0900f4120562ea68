//! What a worker is given of the machine.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{GrantedPath, Limits, Manifest, Profile, Runtime};

/// Everything that a worker's cage is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// What it runs.
    pub runtime: Runtime,
    /// What it may use up.
    pub limits: Limits,
    /// What it sees.
    pub view: View,
}

/// What a worker sees of the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The network of the machine; otherwise none. Which hosts, is not told apart yet.
    pub network: bool,
    /// Files.
    pub files: FileView,
}

/// What a worker sees of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileView {
    /// None.
    #[default]
    Nothing,
    /// These.
    Granted {
        /// May be read.
        read: Vec<GrantedPath>,
        /// May be read and written.
        write: Vec<GrantedPath>,
    },
    /// All that its user may read, and none to be written.
    Everything,
}

impl FileView {
    /// Each path, and whether it may be written.
    pub fn paths(&self) -> impl Iterator<Item = (&Path, bool)> {
        let (read, write): (&[_], &[_]) = match self {
            Self::Granted { read, write } => (read, write),
            Self::Nothing | Self::Everything => (&[], &[]),
        };
        let root = matches!(self, Self::Everything).then_some((Path::new("/"), false));
        let read = read.iter().map(|path| (path.as_path(), false));
        root.into_iter().chain(read).chain(write.iter().map(|path| (path.as_path(), true)))
    }
}

impl Manifest {
    /// What its workers are given.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities { runtime: self.runtime, limits: self.limits.clone(), view: self.view() }
    }

    fn view(&self) -> View {
        let granted = &self.permissions;
        match self.profile {
            Profile::Strict => View::default(),
            Profile::Permissive => View { network: true, files: FileView::Everything },
            Profile::Custom => {
                let (read, write) = (granted.read.clone(), granted.write.clone());
                let has_paths = !read.is_empty() || !write.is_empty();
                let files =
                    if has_paths { FileView::Granted { read, write } } else { FileView::Nothing };
                View { network: !granted.net.is_empty(), files }
            }
        }
    }
}
