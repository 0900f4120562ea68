//! schedulerd's settings, `schedulerd.toml`.

use std::path::PathBuf;
use std::time::Duration;

use bunbase_daemon::{DRAIN, Env, Exit, Millis, Reader};
use bunbase_jail::{Layer, Uids};

use bunbase_pool::policy::Bounds;

/// What it goes by.
#[derive(Debug, Clone)]
pub struct Config {
    /// The bounds of the machine.
    pub bounds: Bounds,
    /// What runs `runtime = "quickjs"`.
    pub quickjs_worker: PathBuf,
    /// The users that workers run as.
    pub uids: Uids,
    /// Layers of the cage without which workers may start, where the kernel has none.
    pub accept_missing: Vec<Layer>,
    /// ipcd's socket.
    pub registry_socket: PathBuf,
    /// How long stopping may take.
    pub drain: Millis,
}

/// The settings as they stand in the file.
struct Raw {
    max_workers: u32,
    max_waiting: u32,
    stop_grace: Millis,
    max_invocations: u32,
    max_age: Millis,
    drain: Millis,
    uids: Uids,
    accept_missing: Vec<Layer>,
    quickjs_worker: Option<PathBuf>,
    registry_socket: Option<PathBuf>,
}

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn read(env: &Env) -> Result<Self, Exit> {
        let raw = env.config(read)?;
        let beside =
            || Ok::<_, Exit>(std::env::current_exe()?.with_file_name("bunbase-quickjs-worker"));
        let socket = || Ok::<_, Exit>(env.runtime_directory()?.join("registry.sock"));
        Ok(Self {
            bounds: Bounds {
                workers: raw.max_workers,
                wishes: raw.max_waiting,
                grace: raw.stop_grace.duration(),
                invocations: raw.max_invocations.into(),
                age: raw.max_age.duration(),
            },
            quickjs_worker: raw.quickjs_worker.map_or_else(beside, Ok)?,
            uids: raw.uids,
            accept_missing: raw.accept_missing,
            registry_socket: raw.registry_socket.map_or_else(socket, Ok)?,
            drain: raw.drain,
        })
    }
}

impl Config {
    /// The users that workers run as, if it is for this process to say.
    pub fn worker_uids(&self) -> Option<Uids> {
        bunbase_jail::can_be_given().then_some(self.uids)
    }
}

fn read(file: &Reader<'_>) -> Raw {
    let raw = Raw {
        max_workers: file.get("max_workers", 512),
        max_waiting: file.get("max_waiting", 64),
        stop_grace: file.get("stop_grace", Millis::from_secs(5)),
        max_invocations: file.get("max_invocations", 1_000_000),
        max_age: file.get("max_age", Millis::from_secs(24 * 3600)),
        drain: file.get("drain", DRAIN),
        uids: Uids {
            first: file.get("worker_uid_first", UIDS.first),
            count: file.get("worker_uid_count", UIDS.count),
        },
        accept_missing: layers(file),
        quickjs_worker: file.optional("quickjs_worker"),
        registry_socket: file.optional("registry_socket"),
    };
    if raw.max_workers == 0 {
        file.mistake("max_workers", "0 would start no worker; write at least 1");
    }
    if raw.max_waiting == 0 {
        file.mistake("max_waiting", "0 would serve nobody; write at least 1");
    }
    if raw.max_invocations == 0 {
        file.mistake("max_invocations", "0 would let no worker serve; write at least 1");
    }
    if raw.max_age < Millis::from_secs(1) {
        file.mistake("max_age", "workers would be replaced all the time; write at least 1s");
    }
    check_uids(file, &raw);
    raw
}

fn layers(file: &Reader<'_>) -> Vec<Layer> {
    let names: Vec<String> = file.optional("accept_missing").unwrap_or_default();
    let noted = |problem: &String| file.mistake("accept_missing", problem.clone());
    names.iter().filter_map(|name| name.parse().inspect_err(noted).ok()).collect()
}

/// One user a worker, and one for what they are forked from.
fn check_uids(file: &Reader<'_>, raw: &Raw) {
    let Uids { first, count } = raw.uids;
    if count <= raw.max_workers.saturating_add(COMPILERS) {
        let wanted = raw.max_workers.saturating_add(COMPILERS) + 1;
        let problem = format!("{count} users are too few for max_workers; write at least {wanted}");
        file.mistake("worker_uid_count", problem);
    }
    // The last number is no user's: it stands for "none".
    if first < 1000 || first.checked_add(count).is_none() {
        let problem = format!(
            "{first} and the {count} that follow are not all free; write a number like 2000000000"
        );
        file.mistake("worker_uid_first", problem);
    }
}

/// A range that nobody else uses: below 2³¹, above what systemd gives to containers.
const UIDS: Uids = Uids { first: 2_000_000_000, count: 65_536 };

/// Compilers run beside workers, a few at a time.
pub const COMPILERS: u32 = 16;

/// How long an answer of the registry may take before those who wait for it are refused.
pub const REGISTRY_PATIENCE: Duration = Duration::from_secs(5);
