//! Workers in their cages, forked from a zygote.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Child;

use bunbase_jail::zygote::Zygote;
use bunbase_jail::{Cage, Surroundings, Uids, can_be_given};
use bunbase_manifest::{Capabilities, Limits, Runtime, View};
use bunbase_wire::worker::{BUNDLE_FD, FromWorker};

use crate::case::Case;
use crate::host::{Host, WORKER, bundle, get, load};

/// What a test may take, in bytes.
const MEMORY: u64 = 128 << 20;

/// A zygote, and the cage of its workers.
pub struct Workers {
    child: Child,
    zygote: Zygote,
    cage: Cage,
}

impl Workers {
    /// Starts the zygote.
    pub fn open() -> Self {
        let (zygote, mut command) = Zygote::command(Path::new(WORKER), around()).expect("a socket");
        let child = command.spawn().expect("the zygote starts");
        Self {
            child,
            zygote,
            cage: Cage::new(
                Capabilities {
                    runtime: Runtime::Quickjs,
                    limits: Limits::default().clone(),
                    view: View::default(),
                },
                0,
            ),
        }
    }

    /// What comes of a test in a worker of its own.
    pub fn verdict(&self, case: &Case) -> String {
        let mut host = self.fork(&case.bundle);
        host.send(&load(MEMORY));
        host.invoke(get(1, "/"));
        loop {
            match host.receive() {
                Some(FromWorker::Response(answer)) => {
                    return String::from_utf8_lossy(&answer.body).into_owned();
                }
                Some(FromWorker::Error(failure)) => return format!("broken: {}", failure.message),
                Some(_) => {}
                None => return "broken: the worker ended".to_owned(),
            }
        }
    }

    fn fork(&self, source: &str) -> Host {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let (bundle, theirs) = (OwnedFd::from(bundle(source)), OwnedFd::from(theirs));
        let places = [(theirs.as_fd(), 0), (theirs.as_fd(), 1), (bundle.as_fd(), BUNDLE_FD)];
        let pid = self.zygote.fork(&self.cage, &places).expect("a fork");
        Host::of_fork(pid, ours)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // One that has exited already can't be killed, and needn't be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the suite gives its zygote.
fn around() -> Surroundings {
    let uids = can_be_given().then_some(Uids { first: 2_000_000_000, count: 65_536 });
    Surroundings { uids, view: View::default(), without: Vec::new() }
}
