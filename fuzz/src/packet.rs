//! The property of every packet.

use std::fmt::Debug;

use bunbase_wire::packet::{MAX_PACKET, PacketError, decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A message that has been decoded is still the same after it has been encoded and decoded again. Writing may
/// take more room than the input did, and the bound holds in that direction too.
pub fn check<M: Serialize + DeserializeOwned + Debug + PartialEq>(packet: &[u8]) {
    let Ok(message) = decode::<M>(packet) else { return };
    match encode(&message) {
        Ok(again) => {
            assert!(again.len() <= MAX_PACKET);
            assert_eq!(decode::<M>(&again).expect("what was encoded decodes"), message);
        }
        Err(error) => assert!(matches!(error, PacketError::TooLong { .. }), "{error}"),
    }
}
