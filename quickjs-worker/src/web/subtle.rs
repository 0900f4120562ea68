//! What `crypto.subtle` has from Rust: a thin layer over the crates of RustCrypto and dalek, a file a family of algorithms.
//!
//! Keys come in and go out as bytes, which the JavaScript keeps in private fields. A function that returns nothing
//! could not do what was asked; which error that is, the JavaScript knows. Randomness is the kernel's.

mod aes;
mod data;
mod derive;
mod ec;
mod gcm;
mod hash;
mod hmac;
mod jwk;
mod okp;
mod rsa;

use rquickjs::function::Func;
use rquickjs::{Ctx, Object, Result};

/// Provides `subtle`, which makes an object with the functions of this folder: most workers never need them.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("subtle", Func::from(functions))
}

fn functions<'js>(ctx: Ctx<'js>) -> Result<Object<'js>> {
    let native = Object::new(ctx)?;
    aes::provide(&native)?;
    data::provide(&native)?;
    derive::provide(&native)?;
    ec::provide(&native)?;
    gcm::provide(&native)?;
    hash::provide(&native)?;
    hmac::provide(&native)?;
    jwk::provide(&native)?;
    okp::provide(&native)?;
    rsa::provide(&native)?;
    Ok(native)
}
