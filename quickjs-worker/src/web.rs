//! The Web APIs: a file an API, its JavaScript and, where there is any, its Rust.
//!
//! A `.js` file exports a function that is given `web`, what the files have for one another, and `native`, what
//! Rust has for them. Those of [`EAGER`] run when the context is made, in that order. One of [`LAZY`] runs when one of its globals is
//! first touched, or when another file says `web.need("streams.js")`.

mod bytes;
mod console;
mod crypto;
mod encoding;
mod invoke;
pub mod performance;
mod subtle;
mod timers;
mod url;

use std::rc::Rc;

use rquickjs::function::Func;
use rquickjs::{Ctx, Exception, Function, Object, Result};

use crate::bytecode::{Bytecode, bytecode};
use crate::node;
use crate::shared::Shared;

macro_rules! api {
    ($file:literal) => {
        ($file, bytecode!(concat!("web/", $file)))
    };
}

/// What a handler's answer to one request needs. A later file builds on earlier ones.
const EAGER: &[(&str, Bytecode)] = &[
    api!("globals.js"),
    api!("inspect.js"),
    api!("errors.js"),
    api!("performance.js"),
    api!("timers.js"),
    api!("console.js"),
    api!("encoding.js"),
    api!("crypto.js"),
    api!("search_params.js"),
    api!("url.js"),
    api!("clone.js"),
    api!("events.js"),
    api!("abort.js"),
    api!("headers.js"),
    api!("body.js"),
    api!("request.js"),
    api!("response.js"),
    api!("invoke.js"),
    api!("warm.js"),
];

/// What many functions never touch, with the globals that each file defines.
const LAZY: &[((&str, Bytecode), &[&str])] = &[
    (api!("subtle.js"), &["SubtleCrypto", "CryptoKey"]),
    (api!("subtle_params.js"), &[]),
    (api!("subtle_key.js"), &[]),
    (api!("subtle_jwk.js"), &[]),
    (api!("subtle_digest.js"), &[]),
    (api!("subtle_hmac.js"), &[]),
    (api!("subtle_aes.js"), &[]),
    (api!("subtle_derive.js"), &[]),
    (api!("subtle_pairs.js"), &[]),
    (api!("subtle_ec.js"), &[]),
    (api!("subtle_okp.js"), &[]),
    (api!("subtle_rsa.js"), &[]),
];

/// Puts the Web APIs into a context; returns `web`.
pub fn install<'js>(ctx: &Ctx<'js>, shared: &Rc<Shared>) -> Result<Object<'js>> {
    let (web, native) = (Object::new(ctx.clone())?, Object::new(ctx.clone())?);
    native.set("load", Func::from(load))?;
    console::provide(&native, shared)?;
    crypto::provide(&native)?;
    encoding::provide(&native)?;
    invoke::provide(&native, shared)?;
    performance::provide(&native, shared)?;
    subtle::provide(&native)?;
    timers::provide(&native, shared)?;
    url::provide(&native)?;
    for (_, bytecode) in EAGER {
        run(ctx, *bytecode)?.call::<_, ()>((web.clone(), native.clone()))?;
    }
    let lazily: Function<'js> = web.get("lazily")?;
    for ((file, _), globals) in LAZY {
        lazily.call::<_, ()>((*file, globals.to_vec()))?;
    }
    node::install(ctx, &web, &native)?;
    Ok(web)
}

/// The names of the files that have not run yet.
pub fn lazy_files() -> Vec<&'static str> {
    LAZY.iter().map(|((file, _), _)| *file).collect()
}

/// The function that a lazy file exports.
fn load<'js>(ctx: Ctx<'js>, file: String) -> Result<Function<'js>> {
    match LAZY.iter().find(|((name, _), _)| *name == file) {
        Some(((_, bytecode), _)) => run(&ctx, *bytecode),
        None => Err(Exception::throw_internal(&ctx, &format!("there is no {file}"))),
    }
}

/// Evaluates a file; returns the function that it exports.
fn run<'js>(ctx: &Ctx<'js>, bytecode: Bytecode) -> Result<Function<'js>> {
    let (module, _) = bytecode.declare(ctx)?.eval()?;
    module.get("default")
}
