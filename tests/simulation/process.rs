//! Processes: tasks that end together, at any moment.

use std::future::Future;
use std::pin::pin;

use tokio::sync::Notify;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

/// A process that somebody else may kill.
#[derive(Debug)]
pub struct Process(JoinHandle<()>);

impl Process {
    /// Starts one.
    pub fn start(main: impl Future<Output = ()> + 'static) -> Self {
        Self(spawn_local(alone(main)))
    }

    /// Ends it, with all that it holds, before anybody else does anything.
    pub async fn kill(self) {
        self.0.abort();
        // It was aborted: that is its outcome, or it had ended before.
        let _ = self.0.await;
    }
}

/// Runs `main` with tasks of its own, which end with it.
pub async fn alone(main: impl Future<Output = ()>) {
    let tasks = LocalSet::new();
    tasks.run_until(main).await;
}

/// As [`alone`], until it is killed.
pub async fn until_killed(main: impl Future<Output = ()>, kill: &Notify) {
    let main = pin!(alone(main));
    tokio::select! {
        biased;
        () = kill.notified() => {}
        () = main => {}
    }
}
