//! Hashes and HMACs that are fed piece by piece, and a comparison that tells no time.

use std::cell::RefCell;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rquickjs::function::Func;
use rquickjs::{ArrayBuffer, Ctx, Exception, Function, Object, Result, Value};
use sha1::Sha1;
use sha2::digest::DynDigest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::web::bytes_of;

/// Provides `newHash`, `newHmac`, `equalInConstantTime`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("newHash", Func::from(new_hash))?;
    native.set("newHmac", Func::from(new_hmac))?;
    native.set("equalInConstantTime", Func::from(equal_in_constant_time))
}

/// Something that takes bytes and, in the end, says what they come to.
trait State {
    fn update(&mut self, bytes: &[u8]);
    fn finish(&mut self) -> Vec<u8>;
    fn copy(&self) -> Option<Box<dyn State>>;
}

impl State for Box<dyn DynDigest> {
    fn update(&mut self, bytes: &[u8]) {
        DynDigest::update(self.as_mut(), bytes);
    }

    fn finish(&mut self) -> Vec<u8> {
        self.finalize_reset().into_vec()
    }

    fn copy(&self) -> Option<Box<dyn State>> {
        Some(Box::new(self.box_clone()))
    }
}

/// An HMAC with a hash of any kind.
struct Keyed<M>(M);

impl<M: Mac + Clone> State for Keyed<M> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&mut self) -> Vec<u8> {
        self.0.clone().finalize().into_bytes().to_vec()
    }

    fn copy(&self) -> Option<Box<dyn State>> {
        None
    }
}

fn new_hash<'js>(ctx: Ctx<'js>, algorithm: String) -> Result<Object<'js>> {
    let state: Box<dyn DynDigest> = match algorithm.as_str() {
        "md5" => Box::new(Md5::default()),
        "sha1" => Box::new(Sha1::default()),
        "sha224" => Box::new(Sha224::default()),
        "sha256" => Box::new(Sha256::default()),
        "sha384" => Box::new(Sha384::default()),
        "sha512" => Box::new(Sha512::default()),
        _ => return Err(unknown(&ctx)),
    };
    object(ctx, Box::new(state))
}

fn new_hmac<'js>(ctx: Ctx<'js>, algorithm: String, key: Value<'js>) -> Result<Object<'js>> {
    let key = bytes_of(&key).unwrap_or_default();
    let state = match algorithm.as_str() {
        "md5" => keyed::<Hmac<Md5>>(&key),
        "sha1" => keyed::<Hmac<Sha1>>(&key),
        "sha224" => keyed::<Hmac<Sha224>>(&key),
        "sha256" => keyed::<Hmac<Sha256>>(&key),
        "sha384" => keyed::<Hmac<Sha384>>(&key),
        "sha512" => keyed::<Hmac<Sha512>>(&key),
        _ => None,
    };
    let state = state.ok_or_else(|| unknown(&ctx))?;
    object(ctx, state)
}

fn unknown(ctx: &Ctx<'_>) -> rquickjs::Error {
    Exception::throw_internal(ctx, "there is no such digest")
}

fn keyed<M: Mac + KeyInit + Clone + 'static>(key: &[u8]) -> Option<Box<dyn State>> {
    let state = <M as KeyInit>::new_from_slice(key).ok()?;
    Some(Box::new(Keyed(state)))
}

/// `{ update(bytes), digest(), copy() }`.
fn object<'js>(ctx: Ctx<'js>, state: Box<dyn State>) -> Result<Object<'js>> {
    let state = std::rc::Rc::new(RefCell::new(state));
    let object = Object::new(ctx.clone())?;
    let fed = std::rc::Rc::clone(&state);
    object.set(
        "update",
        Func::from(move |bytes: Value<'js>| {
            fed.borrow_mut().update(&bytes_of(&bytes).unwrap_or_default());
        }),
    )?;
    let finished = std::rc::Rc::clone(&state);
    object.set(
        "digest",
        Func::from(move |ctx: Ctx<'js>| ArrayBuffer::new_copy(ctx, finished.borrow_mut().finish())),
    )?;
    let copy = Function::new(ctx, move |ctx: Ctx<'js>| {
        let copy = state.borrow().copy().ok_or_else(|| unknown(&ctx))?;
        self::object(ctx, copy)
    })?;
    object.set("copy", copy)?;
    Ok(object)
}

/// Whether two of the same length are equal; which bytes differ has no influence on how long it takes.
fn equal_in_constant_time(one: Value<'_>, other: Value<'_>) -> bool {
    let (one, other) = (bytes_of(&one).unwrap_or_default(), bytes_of(&other).unwrap_or_default());
    let difference =
        one.iter().zip(&other).fold(0, |sum, (a, b)| std::hint::black_box(sum | (a ^ b)));
    one.len() == other.len() && difference == 0
}
