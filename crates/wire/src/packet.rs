//! Packets: one JSON object in one message of a SOCK_SEQPACKET socket. The kernel keeps the boundaries.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest packet, in bytes, unless its protocol has another bound for it.
pub const MAX_PACKET: usize = 64 * 1024;

/// Why bytes are no packet, or a message none that fits into one.
#[derive(Debug, thiserror::Error)]
pub enum PacketError {
    /// Longer than it may be.
    #[error("packet of {bytes} bytes, the bound is {longest}")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        longest: usize,
    },
    /// Not a message of this direction.
    #[error("packet is no message: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// A message as a packet of at most [`MAX_PACKET`] bytes.
///
/// # Errors
/// When it would be too long.
pub fn encode<M: Serialize>(message: &M) -> Result<Vec<u8>, PacketError> {
    encode_within(message, MAX_PACKET)
}

/// A message as a packet of at most `longest` bytes.
///
/// # Errors
/// When it would be too long.
pub fn encode_within<M: Serialize>(message: &M, longest: usize) -> Result<Vec<u8>, PacketError> {
    let packet = serde_json::to_vec(message)?;
    check(&packet, longest).map(|()| packet)
}

/// The message in a packet.
///
/// # Errors
/// When there is none.
pub fn decode<M: DeserializeOwned>(packet: &[u8]) -> Result<M, PacketError> {
    decode_within(packet, MAX_PACKET)
}

/// The message in a packet that may have `longest` bytes.
///
/// # Errors
/// When there is none.
pub fn decode_within<M: DeserializeOwned>(packet: &[u8], longest: usize) -> Result<M, PacketError> {
    check(packet, longest)?;
    Ok(serde_json::from_slice(packet)?)
}

fn check(packet: &[u8], longest: usize) -> Result<(), PacketError> {
    let bytes = packet.len();
    if bytes > longest { Err(PacketError::TooLong { bytes, longest }) } else { Ok(()) }
}
