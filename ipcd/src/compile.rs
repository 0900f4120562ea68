//! Has bundles compiled, once, when they are deployed; and again, if what was made of them is not there. Without bytecode workers compile the source,
//! each for itself.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use bunbase_manifest::{Manifest, Name};
use bunbase_wire::registry::FromRegistry;
use bunbase_wire::worker::MAX_BYTECODE;
use nix::fcntl::OFlag;
use nix::unistd::pipe2;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::registry::{Registry, RegistryError};
use crate::scheduler::Schedulers;

/// How long a deploy waits for it. The compiler gives up by itself after 10 s.
const PATIENCE: Duration = Duration::from_secs(5);

/// Compilers that run at a time; further deploys wait for theirs.
static COMPILERS: Semaphore = Semaphore::const_new(2);

/// Why there is no bytecode.
#[derive(Debug, thiserror::Error)]
enum NotCompiled {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("cannot read what was compiled")]
    Pipe(#[from] io::Error),
    #[error("schedulerd is not there to start the compiler")]
    NoScheduler,
    #[error("the compiler took more than {PATIENCE:?}")]
    TooSlow,
    #[error("the compiler wrote nothing: the bundle may be no JavaScript")]
    Nothing,
    #[error("the bytecode has more than {MAX_BYTECODE} bytes")]
    TooLarge,
}

/// Has a bundle compiled that is being deployed, and keeps the bytecode. Returns its size, if there is any.
pub async fn compile(
    registry: &RefCell<Registry>,
    schedulers: &RefCell<Schedulers>,
    manifest: &Manifest,
    bundle: &[u8],
) -> Option<u64> {
    let stored = registry.borrow().store_bundle(bundle);
    let compiled = try_compile(registry, schedulers, manifest, stored).await;
    let size = compiled.as_ref().ok().copied();
    tell(&manifest.name, compiled);
    size
}

/// The same for one that is in service: it was deployed with another release, or the bytecode was lost.
pub async fn compile_again(
    registry: Rc<RefCell<Registry>>,
    schedulers: Rc<RefCell<Schedulers>>,
    function: Name,
) {
    let served = registry.borrow().served(&function);
    // One that is out of service by now needs none.
    let Ok(Some(served)) = served else { return };
    let stored = registry.borrow().open_bundle(&served).map(|file| (served.bundle, file));
    let compiled = try_compile(&registry, &schedulers, &served.manifest, stored).await;
    tell(&function, compiled);
}

fn tell(function: &Name, compiled: Result<u64, NotCompiled>) {
    let function = function.as_str();
    match compiled {
        Ok(_) => tracing::debug!(event = "compiled", function, "compiled"),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                event = "not_compiled",
                function,
                error,
                "workers will compile the source"
            );
        }
    }
}

/// Has the stored bundle of this hash compiled.
async fn try_compile(
    registry: &RefCell<Registry>,
    schedulers: &RefCell<Schedulers>,
    manifest: &Manifest,
    stored: Result<(String, File), RegistryError>,
) -> Result<u64, NotCompiled> {
    let (hash, file) = stored?;
    // It is never closed.
    let _place = COMPILERS.acquire().await.map_err(io::Error::other)?;
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).map_err(io::Error::from)?;
    ask(schedulers, manifest, file, writer)?;
    let read = timeout(PATIENCE, read(reader)).await;
    let bytecode = read.map_err(|_| NotCompiled::TooSlow)??;
    match bytecode.len() {
        0 => Err(NotCompiled::Nothing),
        length if length > MAX_BYTECODE => Err(NotCompiled::TooLarge),
        length => {
            registry.borrow().store_bytecode(&hash, &manifest.name, &bytecode)?;
            Ok(length as u64)
        }
    }
}

fn ask(
    schedulers: &RefCell<Schedulers>,
    manifest: &Manifest,
    bundle: File,
    output: OwnedFd,
) -> Result<(), NotCompiled> {
    let (function, runtime, limits) =
        (manifest.name.clone(), manifest.runtime, manifest.limits.clone());
    let message = FromRegistry::Compile { function, runtime, limits };
    let sent = schedulers.borrow().send_to_one((message, vec![bundle.into(), output]));
    if sent { Ok(()) } else { Err(NotCompiled::NoScheduler) }
}

async fn read(pipe: OwnedFd) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let reader = pipe::Receiver::from_owned_fd(pipe)?;
    reader.take(MAX_BYTECODE as u64 + 1).read_to_end(&mut bytes).await?;
    Ok(bytes)
}
