//! What goes on round a running daemon: READY=1, the watchdog, signals, the drain deadline.

use std::error::Error;
use std::time::Duration;

use bunbase_settings::Millis;
use sd_notify::NotifyState;
use tokio::runtime::{Builder, LocalOptions};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Stop;
use crate::start::Exit;

/// How long what is in flight has after SIGTERM, unless the configuration says otherwise.
pub const DRAIN: Millis = Millis::from_secs(10);

pub(crate) fn run<F>(name: &str, drain: Millis, daemon: F) -> Result<(), Exit>
where
    F: AsyncFnOnce(Stop) -> Result<(), Box<dyn Error + Send + Sync>>,
{
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    let stop = Stop::new();
    let entered = runtime.enter();
    // Before READY=1: whoever hears that may send SIGTERM at once.
    let signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    drop(entered);
    runtime.spawn_local(stop_on_signal(signals, stop.clone()));
    runtime.spawn_local(answer_watchdog());
    let outcome = runtime.block_on(async {
        notify(&[NotifyState::Ready]);
        tracing::info!(event = "started", "bunbase-{name} is ready");
        tokio::select! {
            outcome = daemon(stop.clone()) => outcome,
            () = deadline(&stop, drain.duration()) => {
                tracing::warn!(event = "drain_deadline", limit = %drain, "not everything had finished in time");
                Ok(())
            }
        }
    });
    tracing::info!(event = "stopped", "bunbase-{name} has stopped");
    outcome.map_err(Exit::Failed)
}

/// Tells the service manager; without one (NOTIFY_SOCKET unset) this does nothing.
fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "cannot reach the service manager");
    }
}

async fn stop_on_signal((mut terminate, mut interrupt): (Signal, Signal), stop: Stop) {
    let signal = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(event = "stopping", reason = signal, "told to stop");
    notify(&[NotifyState::Stopping]);
    stop.cancel();
}

/// Pings at half the interval that the service manager asked for. It runs among the daemon's own tasks on
/// the one thread, so a ping says that this thread still turns.
async fn answer_watchdog() {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(interval / 2);
    loop {
        ticks.tick().await;
        notify(&[NotifyState::Watchdog]);
    }
}

async fn deadline(stop: &Stop, drain: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(drain).await;
}
