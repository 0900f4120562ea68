//! The Web APIs: a file an API, its JavaScript and, where there is any, its Rust.
//!
//! A `.js` file exports a function that is given `web`, what the files have for one another, and `native`, what
//! Rust has for them. Those of [`EAGER`] run when the context is made, in that order. One of [`LAZY`] runs when one of its globals is
//! first touched, or when another file says `web.need("streams.js")`.

mod bytes;
mod compression;
mod console;
mod crypto;
mod encoding;
mod headers;
mod invoke;
mod multipart;
pub mod performance;
mod subtle;
mod timers;
mod url;
mod urlpattern;
mod values;

use std::rc::Rc;

use rquickjs::function::Func;
use rquickjs::{Ctx, Exception, FromJs, Function, Object, Result, Value};

use crate::bytecode::{Bytecode, bytecode};
use crate::node;
use crate::shared::Shared;
pub use bytes::bytes_of;

macro_rules! api {
    ($file:literal) => {
        ($file, bytecode!(concat!("web/", $file)))
    };
}

/// What a handler's answer to one request needs. A later file builds on earlier ones.
const EAGER: &[(&str, Bytecode)] = &[
    api!("globals.js"),
    api!("errors.js"),
    api!("timers.js"),
    api!("crypto.js"),
    api!("pairs.js"),
    api!("search_params.js"),
    api!("url.js"),
    api!("headers.js"),
    api!("body.js"),
    api!("request.js"),
    api!("response.js"),
    api!("invoke.js"),
    api!("warm.js"),
];

/// What many functions never touch, with the globals that each file defines.
const LAZY: &[((&str, Bytecode), &[&str])] = &[
    (
        api!("streams.js"),
        &[
            "ByteLengthQueuingStrategy",
            "CountQueuingStrategy",
            "ReadableByteStreamController",
            "ReadableStream",
            "ReadableStreamBYOBReader",
            "ReadableStreamBYOBRequest",
            "ReadableStreamDefaultController",
            "ReadableStreamDefaultReader",
            "TransformStream",
            "TransformStreamDefaultController",
            "WritableStream",
            "WritableStreamDefaultController",
            "WritableStreamDefaultWriter",
        ],
    ),
    (api!("pump.js"), &[]),
    (api!("receive.js"), &[]),
    (api!("text_streams.js"), &["TextDecoderStream", "TextEncoderStream"]),
    (api!("compression.js"), &["CompressionStream", "DecompressionStream"]),
    (api!("blob.js"), &["Blob", "File"]),
    (api!("file_reader.js"), &["FileReader", "ProgressEvent"]),
    (api!("form_data.js"), &["FormData"]),
    (api!("events.js"), &["Event"]),
    (api!("event_target.js"), &["EventTarget"]),
    (
        api!("event_kinds.js"),
        &["CustomEvent", "ErrorEvent", "MessageEvent", "PromiseRejectionEvent"],
    ),
    (
        api!("global_events.js"),
        &[
            "addEventListener",
            "dispatchEvent",
            "onerror",
            "onrejectionhandled",
            "onunhandledrejection",
            "removeEventListener",
        ],
    ),
    (api!("abort.js"), &["AbortController", "AbortSignal"]),
    (api!("clone.js"), &["structuredClone"]),
    (api!("messaging.js"), &["MessageChannel", "MessagePort"]),
    (api!("encoding.js"), &["TextDecoder", "TextEncoder"]),
    (api!("performance.js"), &["Performance", "performance"]),
    (api!("user_timing.js"), &["PerformanceEntry", "PerformanceMark", "PerformanceMeasure"]),
    (api!("urlpattern.js"), &["URLPattern"]),
    (api!("navigator.js"), &["Navigator", "navigator"]),
    (api!("console.js"), &["console"]),
    (api!("console_table.js"), &[]),
    (api!("inspect.js"), &[]),
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

/// Files from npm, by the names under which the files above ask for them.
const VENDORED: &[(&str, Bytecode)] = &[
    ("inspect.js", bytecode!("vendor/console_inspect.js")),
    ("web-streams", bytecode!("vendor/web-streams.js")),
];

/// Puts the Web APIs into a context; returns `web`.
pub fn install<'js>(ctx: &Ctx<'js>, shared: &Rc<Shared>) -> Result<Object<'js>> {
    let (web, native) = (bare(ctx)?, bare(ctx)?);
    native.set("load", Func::from(load))?;
    native.set("vendored", Func::from(vendored))?;
    compression::provide(&native)?;
    console::provide(&native, shared)?;
    crypto::provide(&native)?;
    encoding::provide(&native)?;
    headers::provide(&native)?;
    invoke::provide(&native, shared)?;
    multipart::provide(&native)?;
    performance::provide(&native, shared)?;
    subtle::provide(&native)?;
    timers::provide(&native, shared)?;
    url::provide(&native)?;
    urlpattern::provide(&native)?;
    values::provide(&native)?;
    for (_, bytecode) in EAGER {
        run::<Function<'js>>(ctx, *bytecode)?.call::<_, ()>((web.clone(), native.clone()))?;
    }
    let lazily: Function<'js> = web.get("lazily")?;
    for ((file, _), globals) in LAZY {
        lazily.call::<_, ()>((*file, globals.to_vec()))?;
    }
    node::install(ctx, &web, &native, shared)?;
    Ok(web)
}

/// An object that inherits nothing: no getter or setter that a function puts into `Object.prototype` is ever called with it.
fn bare<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set_prototype(None)?;
    Ok(object)
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

/// What a file from npm exports.
fn vendored<'js>(ctx: Ctx<'js>, file: String) -> Result<Value<'js>> {
    match VENDORED.iter().find(|(name, _)| *name == file) {
        Some((_, bytecode)) => run(&ctx, *bytecode),
        None => Err(Exception::throw_internal(&ctx, &format!("there is no {file}"))),
    }
}

/// Evaluates a file; returns what it exports by default.
fn run<'js, T: FromJs<'js>>(ctx: &Ctx<'js>, bytecode: Bytecode) -> Result<T> {
    let (module, _) = bytecode.declare(ctx)?.eval()?;
    module.get("default")
}
