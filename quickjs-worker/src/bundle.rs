//! From a descriptor to a handler.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use bunbase_wire::worker::{BUNDLE_FD, Failure, FailureCode, Load};
use nix::fcntl::{FcntlArg, fcntl};
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::{Declared, Evaluated};
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Exception, Module, Object, Promise};

use crate::entry::{Entrance, Thrown};
use crate::shared::{BACKGROUND, Stretch, cut};
use crate::stop::Stop;
use crate::worker;

/// The largest bundle, in bytes.
const LARGEST: usize = 10 << 20;

/// Why there is no source to run.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The worker was started without one.
    #[error("no bundle on descriptor {BUNDLE_FD}")]
    Missing,
    /// It can't be read.
    #[error("the bundle can't be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is beyond the bound.
    #[error("the bundle has more than {LARGEST} bytes")]
    TooLarge,
    /// It is no text.
    #[error("the bundle is not UTF-8: {0}")]
    NotUtf8(#[from] std::string::FromUtf8Error),
}

/// Becomes the function: reads its bundle, evaluates it, takes its handler.
pub fn load(entrance: &Entrance<'_>, load: Load) -> Result<(), Stop> {
    let source = read().map_err(|error| failed(error.to_string(), None))?;
    let deadline = Instant::now() + BACKGROUND;
    entrance.shared.begin(Stretch { origin: None, deadline });
    let loaded = evaluate(entrance, &load.function, source)
        .and_then(|module| adopt(entrance, &module, load));
    match loaded {
        Err(Stop::Interrupted) => Err(failed(too_slow(), None)),
        other => other,
    }
}

fn failed(message: String, stack: Option<String>) -> Stop {
    let (message, stack) = (cut(message), stack.map(cut));
    Stop::LoadFailed(Failure { id: None, code: FailureCode::LoadFailed, message, stack })
}

fn too_slow() -> String {
    format!("the module ran for more than {BACKGROUND:?} without having finished")
}

fn read() -> Result<String, BundleError> {
    let mut bytes = Vec::new();
    let mut file = descriptor()?;
    if !read_from_start(&file, &mut bytes)? {
        (&mut file).take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() > LARGEST {
        return Err(BundleError::TooLarge);
    }
    let source = String::from_utf8(bytes)?;
    Ok(source.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(source))
}

#[allow(unsafe_code)]
fn descriptor() -> Result<File, BundleError> {
    // SAFETY: borrowed only to ask whether it is open; nothing in this process closes it meanwhile.
    let borrowed = unsafe { BorrowedFd::borrow_raw(BUNDLE_FD) };
    fcntl(borrowed, FcntlArg::F_GETFD).map_err(|_| BundleError::Missing)?;
    // SAFETY: it is open, it was given to this process for this purpose, and `load` comes only once.
    Ok(File::from(unsafe { OwnedFd::from_raw_fd(BUNDLE_FD) }))
}

/// Others may share the offset of the descriptor, so it isn't used where there is one; `false` for a pipe.
fn read_from_start(file: &File, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut block = vec![0; 64 * 1024];
    while bytes.len() <= LARGEST {
        match file.read_at(&mut block, bytes.len() as u64) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&block[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::NotSeekable => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

fn evaluate<'js>(
    entrance: &Entrance<'js>,
    function: &str,
    source: String,
) -> Result<Module<'js, Evaluated>, Stop> {
    let name = format!("{}.js", function.replace('\0', ""));
    let (module, settled) = entrance
        .attempt(|ctx, _| Module::declare(ctx.clone(), name, source)?.eval())?
        .map_err(rejected)?;
    entrance.drain()?;
    await_top_level(entrance, &settled)?;
    // The rejection of a module's promise has a handler here; it isn't reported twice.
    entrance.attempt(|_, _| settled.result::<()>().unwrap_or(Ok(())))?.map_err(rejected)?;
    Ok(module)
}

fn rejected(thrown: Thrown) -> Stop {
    failed(thrown.message, thrown.stack)
}

/// A module that awaits is driven by its timers: nothing else happens before it is loaded.
fn await_top_level<'js>(entrance: &Entrance<'js>, settled: &Promise<'js>) -> Result<(), Stop> {
    let deadline = Instant::now() + BACKGROUND;
    while settled.state() == PromiseState::Pending {
        let Some(next) = entrance.shared.timers().next() else {
            return Err(failed("the module awaits something that never happens".to_owned(), None));
        };
        if next >= deadline {
            return Err(failed(too_slow(), None));
        }
        entrance.shared.outbox().flush()?;
        sleep_until(next);
        worker::fire_timers(entrance)?;
    }
    Ok(())
}

fn sleep_until(when: Instant) {
    let left = when.saturating_duration_since(Instant::now());
    if left > Duration::ZERO {
        std::thread::sleep(left);
    }
}

fn adopt<'js>(
    entrance: &Entrance<'js>,
    module: &Module<'js, Evaluated>,
    load: Load,
) -> Result<(), Stop> {
    let wrong = entrance.attempt(|ctx, glue| {
        let env = Object::new(ctx.clone())?;
        load.env.into_iter().try_for_each(|(name, value)| env.set(name, value))?;
        glue.adopt.call::<_, Option<String>>((module.namespace()?, env))
    })?;
    match wrong.map_err(rejected)? {
        Some(sentence) => Err(failed(sentence, None)),
        None => Ok(()),
    }
}

/// Answers each import: a bundle is one file.
pub struct OneFile;

impl OneFile {
    fn refuse<T>(ctx: &Ctx<'_>, name: &str) -> rquickjs::Result<T> {
        let sentence = format!(
            "import of \"{name}\": a bundle is one file; what it imports must be bundled into it"
        );
        Err(Exception::throw_type(ctx, &sentence))
    }
}

impl Resolver for OneFile {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        _base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        Self::refuse(ctx, name)
    }
}

impl Loader for OneFile {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        Self::refuse(ctx, name)
    }
}
