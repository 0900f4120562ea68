//! The open files that a worker is given.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Where a worker finds its bundle, its source map and its bytecode.
const BUNDLE_FD: i32 = 3;
const SOURCE_MAP_FD: i32 = 4;
const BYTECODE_FD: i32 = 5;

/// The open files that a worker is given.
#[derive(Debug)]
pub struct Files {
    /// The function's code.
    pub bundle: OwnedFd,
    /// From places in the bundle to those in the user's files.
    pub source_map: Option<OwnedFd>,
    /// The code, compiled; or, for who compiles, where that goes.
    pub bytecode: Option<OwnedFd>,
}

impl Files {
    /// Each with the number that it has in the worker.
    pub fn places(&self) -> impl Iterator<Item = (BorrowedFd<'_>, i32)> {
        let map = self.source_map.as_ref().map(|map| (map.as_fd(), SOURCE_MAP_FD));
        let bytecode = self.bytecode.as_ref().map(|code| (code.as_fd(), BYTECODE_FD));
        [(self.bundle.as_fd(), BUNDLE_FD)].into_iter().chain(map).chain(bytecode)
    }
}
