//! AES-GCM (NIST SP 800-38D) with initialisation vectors and tags of any length, on the crates `aes`, `ctr` and `ghash`.
//!
//! The crate `aes-gcm` puts the same three together, but with lengths that are types: it knows no vector whose length
//! the caller chooses, and no tag of less than 96 bits.

use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, InnerIvInit, KeyInit, StreamCipher};
use ctr::{Ctr32BE, CtrCore, flavors::Ctr32BE as Counting};
use ghash::universal_hash::UniversalHash;
use ghash::{Block, GHash};
use rquickjs::function::Func;
use rquickjs::{Object, Result};
use subtle::ConstantTimeEq;

use super::aes::{BLOCK, with_aes};
use super::data::Data;

/// The most bytes that a vector lets through before its counter repeats.
const MOST: u64 = ((1 << 32) - 2) * BLOCK as u64;

/// Provides `gcmEncrypt(key, iv, additionalData, tagBytes, data)`, `gcmDecrypt`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("gcmEncrypt", Func::from(encrypt))?;
    native.set("gcmDecrypt", Func::from(decrypt))
}

/// The text and, behind it, the tag.
fn encrypt(key: Data, iv: Data, additional: Data, tag: usize, mut data: Data) -> Option<Data> {
    with_aes!(key, Aes => {
        let gcm = Gcm::new(Aes::new_from_slice(&key).ok()?);
        let (mask, stream) = gcm.begin(&iv);
        apply(stream, &mut data.0)?;
        let full = gcm.tag(mask, &additional, &data);
        data.0.extend_from_slice(full.get(..tag)?);
        Some(data)
    })
}

/// Nothing of the text unless the tag is right, which is compared in constant time.
fn decrypt(key: Data, iv: Data, additional: Data, tag: usize, mut data: Data) -> Option<Data> {
    let given = data.0.split_off(data.len().checked_sub(tag)?);
    with_aes!(key, Aes => {
        let gcm = Gcm::new(Aes::new_from_slice(&key).ok()?);
        let (mask, stream) = gcm.begin(&iv);
        let expected = gcm.tag(mask, &additional, &data);
        if !bool::from(expected.get(..tag)?.ct_eq(&given)) {
            return None;
        }
        apply(stream, &mut data.0)?;
        Some(data)
    })
}

fn apply(mut stream: impl StreamCipher, data: &mut [u8]) -> Option<()> {
    if u64::try_from(data.len()).ok()? > MOST {
        return None;
    }
    stream.try_apply_keystream(data).ok()
}

/// A key, ready for use.
struct Gcm<C> {
    cipher: C,
    hash: GHash,
}

impl<C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>> Gcm<C> {
    fn new(cipher: C) -> Self {
        let mut subkey = ghash::Key::default();
        cipher.encrypt_block(&mut subkey);
        Self { cipher, hash: GHash::new(&subkey) }
    }

    /// What masks the tag, and the stream behind it.
    fn begin(&self, iv: &[u8]) -> (Block, Ctr32BE<&C>) {
        let core: CtrCore<&C, Counting> =
            CtrCore::inner_iv_init(&self.cipher, &self.first_counter(iv));
        let mut stream = Ctr32BE::from_core(core);
        let mut mask = Block::default();
        stream.apply_keystream(&mut mask);
        (mask, stream)
    }

    /// J0 in section 7.1.
    fn first_counter(&self, iv: &[u8]) -> Block {
        if iv.len() == 12 {
            let mut block = Block::default();
            block[..12].copy_from_slice(iv);
            block[15] = 1;
            return block;
        }
        let mut hash = self.hash.clone();
        hash.update_padded(iv);
        hash.update(&[lengths(&[], iv)]);
        hash.finalize()
    }

    fn tag(&self, mask: Block, additional: &[u8], text: &[u8]) -> Block {
        let mut hash = self.hash.clone();
        hash.update_padded(additional);
        hash.update_padded(text);
        hash.update(&[lengths(additional, text)]);
        let mut tag = hash.finalize();
        tag.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        tag
    }
}

/// Both lengths in bits.
fn lengths(first: &[u8], second: &[u8]) -> Block {
    let mut block = Block::default();
    block[..8].copy_from_slice(&(first.len() as u64 * 8).to_be_bytes());
    block[8..].copy_from_slice(&(second.len() as u64 * 8).to_be_bytes());
    block
}
