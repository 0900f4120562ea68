//! Bytes of JavaScript, copied out.

use rquickjs::{TypedArray, Value};

/// A copy of the bytes of a `Uint8Array`; `None` for anything else, and for a detached one.
#[allow(unsafe_code)]
pub fn bytes_of(value: &Value<'_>) -> Option<Vec<u8>> {
    let array = TypedArray::<u8>::from_value(value.clone()).ok()?;
    // SAFETY: no JavaScript runs before the slice has been copied, so nothing moves or writes it.
    unsafe { array.as_bytes() }.map(<[u8]>::to_vec)
}
