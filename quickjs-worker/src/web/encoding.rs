//! Text and bytes.

use std::cell::RefCell;

use encoding_rs::{Decoder, DecoderResult, Encoding};
use rquickjs::function::Func;
use rquickjs::{ArrayBuffer, Ctx, Function, Object, Result, Value};

use super::bytes::bytes_of;

const BOM: &str = "\u{feff}";

/// Provides `encodeUtf8`, `decodeUtf8`, `encodingOf`, `newDecoder`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("encodeUtf8", Func::from(encode_utf8))?;
    native.set("decodeUtf8", Func::from(decode_utf8))?;
    native.set("encodingOf", Func::from(encoding_of))?;
    native.set("newDecoder", Func::from(new_decoder))
}

fn encode_utf8<'js>(ctx: Ctx<'js>, text: String) -> Result<ArrayBuffer<'js>> {
    ArrayBuffer::new_copy(ctx, text.as_bytes())
}

/// `None` if the bytes are not UTF-8 and that is fatal.
fn decode_utf8(bytes: Value<'_>, fatal: bool, ignore_bom: bool) -> Option<String> {
    let bytes = bytes_of(&bytes).unwrap_or_default();
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) if fatal => return None,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    let bare = if ignore_bom { None } else { text.strip_prefix(BOM).map(str::to_owned) };
    Some(bare.unwrap_or(text))
}

/// The name of an encoding, given one of its labels.
fn encoding_of(label: String) -> Option<String> {
    Encoding::for_label_no_replacement(label.as_bytes())
        .map(|encoding| encoding.name().to_ascii_lowercase())
}

/// A function `(bytes, last) => text`, or undefined if the bytes are wrong and that is fatal.
fn new_decoder<'js>(
    ctx: Ctx<'js>,
    label: String,
    fatal: bool,
    ignore_bom: bool,
) -> Result<Function<'js>> {
    let encoding = Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let decoder = RefCell::new(if ignore_bom {
        encoding.new_decoder_without_bom_handling()
    } else {
        encoding.new_decoder_with_bom_removal()
    });
    Function::new(ctx, move |bytes: Value<'js>, last: bool| {
        let bytes = bytes_of(&bytes).unwrap_or_default();
        decode(&mut decoder.borrow_mut(), &bytes, last, fatal)
    })
}

fn decode(decoder: &mut Decoder, bytes: &[u8], last: bool, fatal: bool) -> Option<String> {
    let most = decoder.max_utf8_buffer_length(bytes.len())?;
    let mut text = String::with_capacity(most);
    if !fatal {
        let _ = decoder.decode_to_string(bytes, &mut text, last);
        return Some(text);
    }
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, last);
    matches!(result, DecoderResult::InputEmpty).then_some(text)
}
