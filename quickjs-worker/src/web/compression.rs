//! Compression and its reverse, some bytes at a time.

use std::cell::RefCell;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::{
    DeflateDecoder, DeflateEncoder, GzDecoder, GzEncoder, ZlibDecoder, ZlibEncoder,
};
use rquickjs::function::{Func, Opt};
use rquickjs::{ArrayBuffer, Ctx, Exception, Function, Object, Result, Value};

use super::bytes::bytes_of;

/// Provides `newCompressor`, `newDecompressor`, each of a format.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("newCompressor", Func::from(|ctx, format: String| new(ctx, compressor(&format))))?;
    native.set("newDecompressor", Func::from(|ctx, format: String| new(ctx, decompressor(&format))))
}

/// What takes bytes in and gives others out.
trait Coder {
    fn take(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>>;
    fn finish(&mut self) -> io::Result<Vec<u8>>;
}

macro_rules! coder {
    ($type:ident) => {
        impl Coder for $type<Vec<u8>> {
            fn take(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
                self.write_all(bytes)?;
                Ok(std::mem::take(self.get_mut()))
            }

            fn finish(&mut self) -> io::Result<Vec<u8>> {
                self.try_finish()?;
                Ok(std::mem::take(self.get_mut()))
            }
        }
    };
}

coder!(GzEncoder);
coder!(ZlibEncoder);
coder!(DeflateEncoder);
coder!(GzDecoder);
coder!(ZlibDecoder);
coder!(DeflateDecoder);

fn compressor(format: &str) -> Box<dyn Coder> {
    match format {
        "gzip" => Box::new(GzEncoder::new(Vec::new(), Compression::default())),
        "deflate" => Box::new(ZlibEncoder::new(Vec::new(), Compression::default())),
        _ => Box::new(DeflateEncoder::new(Vec::new(), Compression::default())),
    }
}

fn decompressor(format: &str) -> Box<dyn Coder> {
    match format {
        "gzip" => Box::new(GzDecoder::new(Vec::new())),
        "deflate" => Box::new(ZlibDecoder::new(Vec::new())),
        _ => Box::new(DeflateDecoder::new(Vec::new())),
    }
}

/// A function `(bytes)` for more, `()` for the end; it returns what has come of it, and throws when the bytes are wrong.
fn new<'js>(ctx: Ctx<'js>, coder: Box<dyn Coder>) -> Result<Function<'js>> {
    let coder = RefCell::new(coder);
    Function::new(ctx, move |ctx: Ctx<'js>, bytes: Opt<Value<'js>>| {
        let given = bytes.0.as_ref().and_then(bytes_of);
        let coded = match given {
            Some(bytes) => coder.borrow_mut().take(&bytes),
            None => coder.borrow_mut().finish(),
        };
        let coded = coded.map_err(|error| Exception::throw_type(&ctx, &error.to_string()))?;
        ArrayBuffer::new(ctx, coded)
    })
}
