//! A key, and what is sealed with it: XChaCha20-Poly1305, a random nonce for each value.

use std::fmt;

use bunbase_manifest::{Name, Secret};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::KeyError;
use crate::bundles::hash;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// Bytes of a nonce, which stands before the ciphertext.
const NONCE_BYTES: usize = 24;

/// Bytes of a key's id that are told.
const ID_DIGITS: usize = 16;

/// A key. Its memory is overwritten when it is dropped.
pub struct Key {
    cipher: XChaCha20Poly1305,
    id: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl Key {
    /// Of these bytes.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        let mut id = hash([b"bunbase: the id of a key of secrets\0", &bytes[..]]);
        id.truncate(ID_DIGITS);
        Self { cipher: XChaCha20Poly1305::new(&(*bytes).into()), id }
    }

    /// Names it without saying anything of it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Seals a value, as the secret of this name of this function.
    pub fn seal(&self, function: &Name, name: &str, value: &Secret) -> Result<Vec<u8>, KeyError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let (msg, aad) = (value.reveal().as_bytes(), &place(function, name)[..]);
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), Payload { msg, aad });
        let sealed = sealed.expect("a secret is far shorter than the cipher's bound");
        Ok([&nonce[..], &sealed].concat())
    }

    /// The value, if it was sealed with this key for this place, and nobody has changed it.
    pub fn unseal(&self, function: &Name, name: &str, sealed: &[u8]) -> Option<Secret> {
        let (nonce, msg) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let aad = &place(function, name)[..];
        let value = self.cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad }).ok()?;
        Secret::new(&Zeroizing::new(value)).ok()
    }
}

/// What is authenticated with a value. No name has a zero byte in it, so no two places are the same.
fn place(function: &Name, name: &str) -> Vec<u8> {
    [b"bunbase secret\0", function.as_str().as_bytes(), b"\0", name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "correct horse battery staple";

    fn sealed(key: &Key) -> Vec<u8> {
        let value = Secret::new(VALUE.as_bytes()).unwrap();
        key.seal(&name("hello"), "TOKEN", &value).unwrap()
    }

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_sealed_comes_back_in_its_own_place_only() {
        let key = Key::new(&[7; KEY_BYTES]);
        let sealed = sealed(&key);
        assert_eq!(key.unseal(&name("hello"), "TOKEN", &sealed).unwrap().reveal(), VALUE);
        assert!(key.unseal(&name("other"), "TOKEN", &sealed).is_none());
        assert!(key.unseal(&name("hello"), "TOKEN2", &sealed).is_none());
        assert!(Key::new(&[8; KEY_BYTES]).unseal(&name("hello"), "TOKEN", &sealed).is_none());
    }

    #[test]
    fn no_changed_bit_and_no_cut_goes_unnoticed() {
        let key = Key::new(&[7; KEY_BYTES]);
        let sealed = sealed(&key);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key.unseal(&name("hello"), "TOKEN", &changed).is_none(), "{place}");
            assert!(key.unseal(&name("hello"), "TOKEN", &sealed[..place]).is_none(), "{place}");
        }
    }

    #[test]
    fn the_same_value_is_sealed_to_other_bytes_each_time_and_is_not_in_them() {
        let key = Key::new(&[7; KEY_BYTES]);
        let (first, second) = (sealed(&key), sealed(&key));
        assert_ne!(first[..NONCE_BYTES], second[..NONCE_BYTES]);
        assert_ne!(first[NONCE_BYTES..], second[NONCE_BYTES..]);
        assert!(!first.windows(5).any(|part| part == &VALUE.as_bytes()[..5]));
    }

    #[test]
    fn a_key_is_known_by_its_id_and_debugged_without_its_bytes() {
        let key = Key::new(&[7; KEY_BYTES]);
        assert_eq!(key.id().len(), ID_DIGITS);
        assert_ne!(key.id(), Key::new(&[8; KEY_BYTES]).id());
        assert_eq!(format!("{key:?}"), format!("Key({})", key.id()));
    }
}
