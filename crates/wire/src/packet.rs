//! Packets: one JSON object in one message of a SOCK_SEQPACKET socket. The kernel keeps the boundaries.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest packet, in bytes. Environment variables (32 KiB at most) are the largest thing in one.
pub const MAX_PACKET: usize = 64 * 1024;

/// Why bytes are no packet, or a message none that fits into one.
#[derive(Debug, thiserror::Error)]
pub enum PacketError {
    /// Longer than [`MAX_PACKET`].
    #[error("packet of {0} bytes, the bound is {MAX_PACKET}")]
    TooLong(usize),
    /// Not a message of this direction.
    #[error("packet is no message: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// A message as a packet.
///
/// # Errors
/// When it would be too long.
pub fn encode<M: Serialize>(message: &M) -> Result<Vec<u8>, PacketError> {
    let packet = serde_json::to_vec(message)?;
    if packet.len() > MAX_PACKET { Err(PacketError::TooLong(packet.len())) } else { Ok(packet) }
}

/// The message in a packet.
///
/// # Errors
/// When there is none.
pub fn decode<M: DeserializeOwned>(packet: &[u8]) -> Result<M, PacketError> {
    if packet.len() > MAX_PACKET {
        return Err(PacketError::TooLong(packet.len()));
    }
    Ok(serde_json::from_slice(packet)?)
}
