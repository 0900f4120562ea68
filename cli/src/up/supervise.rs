//! All daemons together, until told to stop.

use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Serialize;
use tokio::process::Child;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::args::Globals;
use crate::exit::{Failed, Status};
use crate::output::{print, tell};
use crate::up::listeners::Listeners;
use crate::up::place::Place;
use crate::up::unit::{Ended, Pauses, Unit};

/// What a daemon has after SIGTERM before it is killed: a little more than its own drain deadline.
const STOP: Duration = Duration::from_secs(12);

/// How many there are.
const DAEMONS: u8 = 3;

type Stopping = watch::Receiver<bool>;

/// Runs the suite.
pub async fn run(place: &Place, listeners: &Listeners, globals: &Globals) -> Result<(), Failed> {
    let gateway = Unit::new("gateway", vec![("http", &listeners.http)], place)?;
    let sockets = vec![
        ("ipc", &listeners.ipc),
        ("registry", &listeners.registry),
        ("telemetry", &listeners.telemetry),
    ];
    let ipcd = Unit::new("ipcd", sockets, place)?;
    let schedulerd = Unit::new("schedulerd", vec![("lease", &listeners.lease)], place)?;
    // Each is stopped when those who use it have gone.
    let (stop_gateway, gateway_stops) = watch::channel(false);
    let (stop_ipcd, ipcd_stops) = watch::channel(false);
    let (stop_schedulerd, schedulerd_stops) = watch::channel(false);
    let (up, ups) = watch::channel(0_u8);
    let all = async {
        tokio::join!(
            async {
                let ended = keep(&gateway, gateway_stops, &up).await;
                stop_ipcd.send_replace(true);
                ended
            },
            async {
                let ended = keep(&ipcd, ipcd_stops, &up).await;
                stop_gateway.send_replace(true);
                stop_schedulerd.send_replace(true);
                ended
            },
            async {
                let ended = keep(&schedulerd, schedulerd_stops, &up).await;
                stop_gateway.send_replace(true);
                stop_ipcd.send_replace(true);
                ended
            },
        )
    };
    let suite = up_at(place, listeners);
    tokio::select! {
        (a, b, c) = all => a.and(b).and(c),
        never = announce(ups, &suite, globals, &stop_gateway) => never,
    }
}

/// Says when everything is up, and passes on the wish to stop. Never ends.
async fn announce(
    mut ups: watch::Receiver<u8>,
    up: &UpAt,
    globals: &Globals,
    stop: &watch::Sender<bool>,
) -> Result<(), Failed> {
    let broken = |error: std::io::Error| Failed::new(Status::Failed, error.to_string());
    let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
    let mut told = false;
    loop {
        tokio::select! {
            () = all_up(&mut ups), if !told => {
                told = true;
                // Who does not hear it finds the suite up all the same.
                let _ = print(globals, up, welcome);
            }
            _ = interrupt.recv() => drop(stop.send_replace(true)),
            _ = terminate.recv() => drop(stop.send_replace(true)),
        }
    }
}

async fn all_up(ups: &mut watch::Receiver<u8>) {
    // The sender lives as long as the daemons are kept.
    let _ = ups.wait_for(|count| *count >= DAEMONS).await;
}

/// Where the suite is.
#[derive(Debug, Serialize)]
struct UpAt {
    http: String,
    socket: PathBuf,
}

fn up_at(place: &Place, listeners: &Listeners) -> UpAt {
    UpAt { http: format!("http://{}", listeners.address), socket: place.file("ipc.sock") }
}

fn welcome(UpAt { http, socket }: &UpAt) -> String {
    let socket = socket.display();
    format!(
        "bunbase is up: {http} (functions at /functions/NAME), socket {socket}; Ctrl-C stops it\n"
    )
}

/// Keeps one daemon running until it is told to stop or has no hope.
async fn keep(
    unit: &Unit<'_>,
    mut stopping: Stopping,
    up: &watch::Sender<u8>,
) -> Result<(), Failed> {
    let mut pauses = Pauses::new();
    let mut first = true;
    loop {
        let mut child = unit.start()?;
        let ended = tokio::select! {
            () = told(&mut stopping) => return stop(unit, child).await,
            ended = run_once(unit, &mut child, up, &mut first) => ended,
        };
        match ended {
            Ended::Hopeless(status) => {
                return Err(Failed::new(
                    status,
                    format!("{} cannot run as it is; see above", unit.name),
                ));
            }
            Ended::Died(how) => {
                let pause = pauses.pause();
                let (name, pause_ms) = (unit.name, pause.as_millis());
                tell(&format!(
                    "bunbase: {name} has died ({how}); starting it again in {pause_ms} ms"
                ));
                tokio::select! {
                    () = told(&mut stopping) => return Ok(()),
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }
}

/// Waits for the wish to stop. What `wait_for` returns holds the channel's lock, and must not live on.
async fn told(stopping: &mut Stopping) {
    // Without a sender nobody can wish it any more; the suite is ending then anyway.
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn run_once(
    unit: &Unit<'_>,
    child: &mut Child,
    up: &watch::Sender<u8>,
    first: &mut bool,
) -> Ended {
    if let Err(ended) = unit.ready(child).await {
        return ended;
    }
    if std::mem::take(first) {
        up.send_modify(|count| *count += 1);
    }
    unit.watch(child).await
}

async fn stop(unit: &Unit<'_>, mut child: Child) -> Result<(), Failed> {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    if let Some(pid) = pid {
        // It may have ended in this very moment.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
    if tokio::time::timeout(STOP, child.wait()).await.is_err() {
        tell(&format!("bunbase: {} does not stop; killing it", unit.name));
        let _ = child.kill().await;
    }
    Ok(())
}
