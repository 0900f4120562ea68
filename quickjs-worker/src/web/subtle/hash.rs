//! SHA-1 and SHA-2, on the crates `sha1` and `sha2`.

use rquickjs::function::Func;
use rquickjs::{Ctx, Error, FromJs, Object, Result, Value};
use sha2::Digest;

use super::data::Data;

/// The hash functions.
#[derive(Debug, Clone, Copy)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl<'js> FromJs<'js> for Hash {
    fn from_js(ctx: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        match String::from_js(ctx, value)?.as_str() {
            "SHA-1" => Ok(Self::Sha1),
            "SHA-256" => Ok(Self::Sha256),
            "SHA-384" => Ok(Self::Sha384),
            "SHA-512" => Ok(Self::Sha512),
            _ => Err(Error::new_from_js("string", "hash")),
        }
    }
}

/// Does something with the type `$type` that implements a hash function.
macro_rules! with_hash {
    ($hash:expr, $type:ident => $do:expr) => {
        match $hash {
            $crate::web::subtle::hash::Hash::Sha1 => {
                type $type = sha1::Sha1;
                $do
            }
            $crate::web::subtle::hash::Hash::Sha256 => {
                type $type = sha2::Sha256;
                $do
            }
            $crate::web::subtle::hash::Hash::Sha384 => {
                type $type = sha2::Sha384;
                $do
            }
            $crate::web::subtle::hash::Hash::Sha512 => {
                type $type = sha2::Sha512;
                $do
            }
        }
    };
}

pub(super) use with_hash;

/// Provides `digest(hash, data)`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("digest", Func::from(|hash: Hash, data: Data| Data(digest(hash, &data))))
}

/// The hash of some bytes.
pub fn digest(hash: Hash, data: &[u8]) -> Vec<u8> {
    with_hash!(hash, H => H::digest(data).to_vec())
}
