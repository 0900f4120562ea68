//! HKDF (RFC 5869) and PBKDF2 (RFC 8018), on the crates `hkdf` and `pbkdf2`.

use hkdf::Hkdf;
use rquickjs::function::Func;
use rquickjs::{Object, Result};

use super::data::Data;
use super::hash::{Hash, with_hash};

/// The most bytes that HKDF makes of the longest hash.
const MOST: usize = 255 * 64;

/// Provides `hkdf(hash, key, salt, info, length)`, `pbkdf2(hash, password, salt, iterations, length)`; lengths in bytes.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("hkdf", Func::from(hkdf))?;
    native.set("pbkdf2", Func::from(pbkdf2))
}

fn hkdf(hash: Hash, key: Data, salt: Data, info: Data, length: usize) -> Option<Data> {
    let mut derived = vec![0; Some(length).filter(|length| *length <= MOST)?];
    with_hash!(hash, H => Hkdf::<H>::new(Some(&salt), &key).expand(&info, &mut derived).ok()?);
    Some(Data(derived))
}

/// The caller bounds iterations and length: nothing interrupts this.
fn pbkdf2(hash: Hash, password: Data, salt: Data, iterations: u32, length: usize) -> Data {
    let mut derived = vec![0; length];
    with_hash!(hash, H => pbkdf2::pbkdf2_hmac::<H>(&password, &salt, iterations, &mut derived));
    Data(derived)
}
