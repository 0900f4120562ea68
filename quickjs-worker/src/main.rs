//! bunbase-quickjs-worker: one function's JavaScript in a process of its own.
//!
//! Messages come in on stdin and go out on stdout, a JSON object a line; the bundle is on descriptor 3.
//! The process opens nothing, and has one thread that sleeps in `poll` unless something happened.
//!
//! # Layout
//! - [`worker`]: the loop, message by message; [`sleep`]: its end; [`stop`]: every way in which all ends
//! - [`inbox`], [`outbox`]: the two directions of the stream
//! - [`engine`]: QuickJS; [`memory`], [`native`], [`cpu`]: what it may take; [`last_words`]: of who takes more;
//!   [`entry`]: every call into it, and what the call left behind; [`glue`]: what is called
//! - [`bundle`], [`compiled`], [`load`], [`imports`]: from a descriptor to a handler; [`compile`]: at its deploy; [`request`]: from a message to its arguments
//! - [`invocations`], [`timers`]: what is waited for; [`shared`]: both, where callbacks reach them
//! - [`bodies`]: answers that are streams
//! - [`source_map`]: from the bundle to the user's files; [`redaction`]: log lines and errors without secrets
//! - [`rejections`]: promises that nobody looks after
//! - [`zygote`]: workers by fork
//! - [`web`]: the Web APIs, a file an API; [`node`]: the `node:` modules; [`bytecode`]: the JavaScript of both, compiled

#![deny(unsafe_code)]

mod bodies;
mod bundle;
mod bytecode;
mod compile;
mod compiled;
mod cpu;
mod engine;
mod entry;
mod glue;
mod imports;
mod inbox;
mod invocations;
mod last_words;
mod load;
mod memory;
mod native;
mod node;
mod outbox;
mod redaction;
mod rejections;
mod request;
mod shared;
mod sleep;
mod source_map;
mod stop;
mod timers;
mod web;
mod worker;
mod zygote;

use std::io::Write;
use std::mem::ManuallyDrop;
use std::panic::{self, PanicHookInfo};
use std::process;
use std::rc::Rc;

use bunbase_jail::cpu_time;
use engine::Engine;
use inbox::Inbox;
use native::Counted;
use shared::Shared;
use stop::Stop;
use worker::Task;

/// As the standard library has it.
const PANICKED: i32 = 101;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

fn main() {
    panic::set_hook(Box::new(end_by_panic));
    native::keep_pages();
    let shared = Rc::new(Shared::default());
    let stop = work(&shared).unwrap_or_else(|stop| stop);
    process::exit(stop.announce(&shared));
}

fn work(shared: &Rc<Shared>) -> Result<Stop, Stop> {
    // Never dropped: the kernel takes the memory back at once, the engine would go through all of it.
    let engine = ManuallyDrop::new(Engine::new(shared)?);
    cpu_time::handle(|| last_words::passed("cpu_time")).map_err(Stop::Timer)?;
    // Made before there are forks: they share what they have not read into yet.
    let mut inbox = Inbox::new();
    if started_as_zygote() {
        zygote::serve_until_worker(&engine)?;
    }
    match worker::await_task(&mut inbox)? {
        Task::Load(load) => {
            engine.limit(load.memory);
            native::limit(load.memory);
            shared.cpu.limit(load.cpu_time_ms);
            cpu_time::start().map_err(Stop::Timer)?;
            Ok(engine.enter(|entrance| worker::run(entrance, inbox, load))?)
        }
        Task::Compile(compile) => {
            engine.limit(compile.memory);
            native::limit(compile.memory);
            Ok(compile::compile(&engine, &compile))
        }
    }
}

/// What the standard library would do takes system calls that the cage has not.
fn end_by_panic(panic: &PanicHookInfo<'_>) {
    let _ = writeln!(std::io::stderr(), "bunbase-quickjs-worker: {panic}");
    process::exit(PANICKED);
}

fn started_as_zygote() -> bool {
    std::env::args_os().nth(1).is_some_and(|argument| argument == "zygote")
}
