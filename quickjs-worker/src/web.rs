//! The Web APIs: a file an API, its JavaScript and, where there is any, its Rust.
//!
//! A `.js` file is a function that is given `web`, what the files have for one another, and `native`, what
//! Rust has for them. It is called once, in the order of [`APIS`].

mod bytes;
mod console;
mod crypto;
mod encoding;
mod invoke;
mod performance;
mod timers;
mod url;

use std::rc::Rc;

use rquickjs::context::EvalOptions;
use rquickjs::{Ctx, Function, Object, Result};

use crate::shared::Shared;

macro_rules! api {
    ($name:literal) => {
        (concat!("bunbase:", $name), include_str!(concat!("web/", $name)))
    };
}

/// A later file builds on earlier ones.
const APIS: &[(&str, &str)] = &[
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
];

/// Puts the Web APIs into a context; returns `web`.
pub fn install<'js>(ctx: &Ctx<'js>, shared: &Rc<Shared>) -> Result<Object<'js>> {
    let (web, native) = (Object::new(ctx.clone())?, Object::new(ctx.clone())?);
    console::provide(&native, shared)?;
    crypto::provide(&native)?;
    encoding::provide(&native)?;
    invoke::provide(&native, shared)?;
    performance::provide(&native)?;
    timers::provide(&native, shared)?;
    url::provide(&native)?;
    for (name, source) in APIS {
        let mut options = EvalOptions::default();
        options.filename = Some((*name).to_owned());
        let api: Function<'js> = ctx.eval_with_options(*source, options)?;
        api.call::<_, ()>((web.clone(), native.clone()))?;
    }
    Ok(web)
}
