//! What the black-box suites share: the real binaries, started as users start them.
//!
//! # Layout
//! - [`suite`]: `bunbase up` in a folder of its own, and requests to it
//! - [`project`]: functions as folders of files
//! - [`daemon`]: one daemon alone, with the sockets that a test gives it
//! - [`load`]: clients that hammer
//! - [`machine`]: a Debian booted with systemd
//! - [`output`]: what a command has printed
//! - [`process`]: what the kernel says of one
//! - [`refuse`]: a kernel that lacks something
//! - [`relay`]: a packet socket in between, that counts
//! - [`terminal`]: a command on a terminal, as people see it
//! - [`wait`]: for what happens soon

pub mod daemon;
pub mod load;
pub mod machine;
pub mod output;
pub mod process;
pub mod project;
pub mod refuse;
pub mod relay;
pub mod suite;
pub mod terminal;
pub mod wait;

use std::path::PathBuf;

pub use project::Project;
pub use suite::{Answer, Suite};

/// A binary of this build: beside the test's own folder `deps`.
///
/// # Panics
/// When it was not built: `make test` builds all of them first.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder =
        test.parent().and_then(|deps| deps.parent()).expect("tests are in target/PROFILE/deps");
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is not built; run: cargo build --release --workspace",
        path.display()
    );
    path
}

/// A folder of the repository.
#[must_use]
pub fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
