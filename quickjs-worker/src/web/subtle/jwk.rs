//! base64url without padding, in which JSON Web Keys have bytes (RFC 7515, section 2).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rquickjs::function::Func;
use rquickjs::{Object, Result};

use super::data::Data;

/// Provides `toBase64Url(bytes)`, `fromBase64Url(text)`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("toBase64Url", Func::from(|bytes: Data| BASE64_URL_SAFE_NO_PAD.encode(&*bytes)))?;
    native.set("fromBase64Url", Func::from(from_base64_url))
}

fn from_base64_url(text: String) -> Option<Data> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok().map(Data)
}
