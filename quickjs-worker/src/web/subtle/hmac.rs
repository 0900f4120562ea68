//! HMAC (RFC 2104), on the crate `hmac`.

use hmac::{Hmac, KeyInit, Mac};
use rquickjs::function::Func;
use rquickjs::{Object, Result};

use super::data::Data;
use super::hash::{Hash, with_hash};

/// Provides `hmacSign(hash, key, data)`, `hmacVerify(hash, key, signature, data)`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("hmacSign", Func::from(sign))?;
    native.set("hmacVerify", Func::from(verify))
}

fn sign(hash: Hash, key: Data, data: Data) -> Option<Data> {
    with_hash!(hash, H => {
        let mac = Hmac::<H>::new_from_slice(&key).ok()?.chain_update(&*data);
        Some(mac.finalize().into_bytes().into())
    })
}

/// Compares in constant time; of another length, a signature is wrong.
fn verify(hash: Hash, key: Data, signature: Data, data: Data) -> bool {
    with_hash!(hash, H => Hmac::<H>::new_from_slice(&key)
        .is_ok_and(|mac| mac.chain_update(&*data).verify_slice(&signature).is_ok()))
}
