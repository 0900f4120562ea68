//! Bytes that cross between JavaScript and Rust, copied.

use std::ops::Deref;

use rquickjs::function::Func;
use rquickjs::{ArrayBuffer, Ctx, Error, FromJs, IntoJs, Object, Result, Value};

use crate::web::bytes::bytes_of;

/// Provides `firstBits(bytes, bits)`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("firstBits", Func::from(first_bits))
}

/// A copy of as many bits as are wanted, in bytes of which the last may end in zeros.
fn first_bits(bytes: Data, bits: usize) -> Option<Data> {
    let mut first = bytes.get(..bits.div_ceil(8))?.to_vec();
    if let Some(last) = first.last_mut().filter(|_| !bits.is_multiple_of(8)) {
        *last &= 0xff_u8 << (8 - bits % 8);
    }
    Some(Data(first))
}

/// Bytes: from a `Uint8Array` or an `ArrayBuffer`, to an `ArrayBuffer`.
#[derive(Debug, Clone)]
pub struct Data(pub Vec<u8>);

impl Deref for Data {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<'js> FromJs<'js> for Data {
    fn from_js(_: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        let bytes = bytes_of(&value).or_else(|| of_buffer(&value));
        bytes.map(Self).ok_or_else(|| Error::new_from_js(value.type_name(), "bytes"))
    }
}

#[allow(unsafe_code)]
fn of_buffer(value: &Value<'_>) -> Option<Vec<u8>> {
    let buffer = ArrayBuffer::from_value(value.clone())?;
    // SAFETY: no JavaScript runs before the slice has been copied, so nothing moves or writes it.
    unsafe { buffer.as_bytes() }.map(<[u8]>::to_vec)
}

impl<'js> IntoJs<'js> for Data {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        ArrayBuffer::new_copy(ctx.clone(), self.0)?.into_js(ctx)
    }
}

impl<T: AsRef<[u8]>> From<T> for Data {
    fn from(bytes: T) -> Self {
        Self(bytes.as_ref().to_vec())
    }
}
