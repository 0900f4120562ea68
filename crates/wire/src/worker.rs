//! The worker protocol: one JSON object a line, bodies in it as base64 or behind it as raw bytes.
//!
//! The same bytes go over the Unix stream of a worker in service and over the pipes of one started by hand.
//! Bytes from a worker are hostile: whatever does not decode ends the worker.
//!
//! # Layout
//! - [`message`]: the messages of both directions
//! - [`decode`]: bytes to messages, with every bound checked before memory is taken
//! - [`invoke_line`]: those of the invocations, of which there is one with each request
//! - [`encode`]: messages to bytes
//! - [`prepared`]: the message that a host sends with each request

mod decode;
mod encode;
mod invoke_line;
mod message;
mod prepared;

pub use decode::{DecodeError, Decoder, Limits};
pub use encode::{INLINE_BODY, encode, encode_invoke, encode_response};
pub use message::{
    Chunk, Compile, Failure, FailureCode, FromWorker, Header, Invoke, Level, Load, Log, Message,
    Ready, Response, ToWorker, Used,
};
pub use prepared::{Head, Prepared};

/// The version of this protocol, in `load` and `ready`.
pub const VERSION: u32 = 1;

/// How the line of a [`Log`] begins: who has enough of them need not read more.
pub const LOG_LINE: &[u8] = b"{\"type\":\"log\",";

/// Bytes of a body, in each direction, that may be on their way: sent in chunks, and not acknowledged.
pub const WINDOW: usize = 256 << 10;

/// The longest bundle that a worker loads, in bytes.
pub const MAX_BUNDLE: usize = 10 << 20;

/// The modules, without their `node:`, that a bundle for the QuickJS worker may import. In alphabetical order.
pub const NODE_MODULES: &[&str] = &[
    "assert",
    "assert/strict",
    "async_hooks",
    "buffer",
    "crypto",
    "diagnostics_channel",
    "events",
    "path",
    "path/posix",
    "process",
    "querystring",
    "stream",
    "stream/promises",
    "string_decoder",
    "timers",
    "timers/promises",
    "url",
    "util",
    "util/types",
];

/// The descriptor on which a worker finds its bundle.
pub const BUNDLE_FD: i32 = 3;

/// The descriptor on which a worker finds its source map, if there is one.
pub const SOURCE_MAP_FD: i32 = 4;

/// The descriptor on which a worker finds its bundle's bytecode, if there is any, and to which it writes what it has compiled.
pub const BYTECODE_FD: i32 = 5;

/// The longest bytecode that is kept, in bytes, with its header.
pub const MAX_BYTECODE: usize = 4 * MAX_BUNDLE;

#[cfg(test)]
mod tests;
