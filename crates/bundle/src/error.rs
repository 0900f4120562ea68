//! Why there is no bundle.

use std::path::PathBuf;

use crate::{MAX_BUNDLE, Problem};

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The project's directory can't be opened.
    #[error("cannot open the project {}", dir.display())]
    NoProject {
        /// The directory as it was given.
        dir: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// There is no file at the entry's path.
    #[error("there is no file {}", .0.display())]
    EntryMissing(PathBuf),
    /// The entry is a directory, a socket or the like.
    #[error("{} is not a file: name the function's module, such as index.ts", .0.display())]
    EntryNotAFile(PathBuf),
    /// The entry can't be read, or isn't UTF-8.
    #[error("cannot read {}", path.display())]
    EntryUnreadable {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The bundler works on paths that are Unicode.
    #[error("the path {} is not valid Unicode", .0.display())]
    NotUnicode(PathBuf),
    /// The sources have problems. Never empty.
    #[error("{}", shown(.0))]
    Failed(Vec<Problem>),
    /// The bundle is longer than [`MAX_BUNDLE`].
    #[error("the bundle is {size} bytes long, more than the {MAX_BUNDLE} that a function may have")]
    TooLarge {
        /// Its length in bytes.
        size: usize,
    },
    /// The bundler's thread or its asynchronous runtime can't be started.
    #[error("cannot start the bundler")]
    NotStarted(#[source] std::io::Error),
    /// The bundler panicked; standard error has what it said.
    #[error("the bundler crashed, which is its mistake and not the function's")]
    Crashed,
}

fn shown(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
