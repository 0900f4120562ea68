//! The zygote: an engine that has run everything which all functions need, and the workers forked from it.
//!
//! A child shares the zygote's memory until one of them writes. What must not be shared is made anew in each child: random numbers
//! that were drawn in advance, and the clock's origin. No function's code, environment or secret is ever in a zygote.

use std::ffi::CStr;

use bunbase_jail::seccomp::report_refusals;
use bunbase_jail::zygote::{ServeError, Served, serve};
use nix::sys::prctl;

use crate::compiled::hash_of_bundle;
use crate::engine::Engine;
use crate::stop::Stop;

/// What `ps` shows of a zygote, and of a worker forked from it: what it shows of one that was executed.
const ZYGOTE: &CStr = c"bunbase-zygote";
const WORKER: &CStr = c"bunbase-quickjs";

/// Warms the engine, then forks a worker for each request. Returns in each of them.
///
/// # Errors
/// [`Stop::Finished`] in the zygote, when no more workers are wanted.
pub fn serve_until_worker(engine: &Engine) -> Result<(), Stop> {
    // It can't fail: the kernel cuts what is too long.
    let _ = prctl::set_name(ZYGOTE);
    report_refusals().map_err(|error| Stop::Zygote(ServeError::Confine(error)))?;
    engine.warm()?;
    know_the_processor();
    match serve(WORKER).map_err(Stop::Zygote)? {
        Served::Closed => Err(Stop::Finished),
        Served::Worker => Ok(engine.make_own()?),
    }
}

/// Libraries ask the processor what it can do when they first want to know, which the host of a virtual machine answers: 20 to 30 µs together,
/// and a page.
fn know_the_processor() {
    let _ = hash_of_bundle(b"");
    #[cfg(target_arch = "x86_64")]
    let _ = std::is_x86_feature_detected!("avx2");
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write, pipe};
    use std::mem::ManuallyDrop;
    use std::rc::Rc;

    use nix::sys::wait::waitpid;
    use nix::unistd::{ForkResult, fork};

    use crate::engine::Engine;
    use crate::shared::Shared;

    /// The first random number in a fork of a warm engine.
    #[allow(unsafe_code)]
    fn drawn_in_a_fork(engine: &Engine, guarded: bool) -> String {
        let (mut reader, mut writer) = pipe().expect("a pipe");
        // SAFETY: the child runs the engine, which this thread alone uses, and ends without unwinding.
        if let ForkResult::Parent { child } = unsafe { fork() }.expect("a fork") {
            drop(writer);
            let mut text = String::new();
            reader.read_to_string(&mut text).expect("text");
            waitpid(child, None).expect("a child");
            return text;
        }
        if guarded {
            engine.make_own().expect("it forgets");
        }
        let number = engine.evaluate("String(Math.random())").expect("a number");
        writer.write_all(number.as_bytes()).expect("a reader");
        std::process::exit(0)
    }

    #[test]
    fn forks_would_share_random_numbers_if_they_did_not_forget_them() {
        let engine = Engine::new(&Rc::new(Shared::default())).expect("an engine");
        let engine = ManuallyDrop::new(engine);
        engine.warm().expect("it warms");
        let [a, b] = [(); 2].map(|()| drawn_in_a_fork(&engine, false));
        assert_eq!(a, b, "nothing was drawn in advance: the guard is not needed");
        let [a, b] = [(); 2].map(|()| drawn_in_a_fork(&engine, true));
        assert_ne!(a, b);
    }
}
