//! Bytes of JavaScript.

use rquickjs::{TypedArray, Value};

/// Calls `look` with the bytes of a `Uint8Array`, in which no JavaScript may run; with none for anything else, and for a detached one.
#[allow(unsafe_code)]
pub fn with_bytes_of<R>(value: &Value<'_>, look: impl FnOnce(&[u8]) -> R) -> R {
    let array = TypedArray::<u8>::from_value(value.clone()).ok();
    // SAFETY: no JavaScript runs before `look` has returned, so nothing moves or writes the bytes; the array keeps them.
    let bytes = array.as_ref().and_then(|array| unsafe { array.as_bytes() });
    look(bytes.unwrap_or_default())
}

/// A copy of the bytes of a `Uint8Array`; `None` for anything else, and for a detached one.
#[allow(unsafe_code)]
pub fn bytes_of(value: &Value<'_>) -> Option<Vec<u8>> {
    let array = TypedArray::<u8>::from_value(value.clone()).ok()?;
    // SAFETY: no JavaScript runs before the slice has been copied, so nothing moves or writes it.
    unsafe { array.as_bytes() }.map(<[u8]>::to_vec)
}
