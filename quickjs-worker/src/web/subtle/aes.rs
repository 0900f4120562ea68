//! AES in its modes, on the crates `aes`, `cbc`, `ctr` and `aes-kw`; keys have 16, 24 or 32 bytes.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit, StreamCipher};
use rquickjs::function::Func;
use rquickjs::{Object, Result};

use super::data::Data;

/// The bytes of a block.
pub const BLOCK: usize = 16;

/// Does something with the type `$type` that implements AES for a key; what it comes to is an `Option`.
macro_rules! with_aes {
    ($key:expr, $type:ident => $do:expr) => {
        match $key.len() {
            16 => {
                type $type = aes::Aes128;
                $do
            }
            24 => {
                type $type = aes::Aes192;
                $do
            }
            32 => {
                type $type = aes::Aes256;
                $do
            }
            _ => None,
        }
    };
}

pub(super) use with_aes;

/// Provides `cbcEncrypt(key, iv, data)`, `cbcDecrypt`, `ctr(key, counter, length, data)`, `kwWrap(key, data)`, `kwUnwrap`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("cbcEncrypt", Func::from(cbc_encrypt))?;
    native.set("cbcDecrypt", Func::from(cbc_decrypt))?;
    native.set("ctr", Func::from(ctr))?;
    native.set("kwWrap", Func::from(kw_wrap))?;
    native.set("kwUnwrap", Func::from(kw_unwrap))
}

fn cbc_encrypt(key: Data, iv: Data, data: Data) -> Option<Data> {
    with_aes!(key, Aes => {
        let cipher = cbc::Encryptor::<Aes>::new_from_slices(&key, &iv).ok()?;
        Some(Data(cipher.encrypt_padded_vec::<Pkcs7>(&data)))
    })
}

fn cbc_decrypt(key: Data, iv: Data, data: Data) -> Option<Data> {
    with_aes!(key, Aes => {
        let cipher = cbc::Decryptor::<Aes>::new_from_slices(&key, &iv).ok()?;
        cipher.decrypt_padded_vec::<Pkcs7>(&data).ok().map(Data)
    })
}

/// Encrypts and decrypts. The last `length` bits of the counter count, and begin anew at 0 behind their last value.
fn ctr(key: Data, counter: Data, length: u32, mut data: Data) -> Option<Data> {
    let start = u128::from_be_bytes(counter.0.try_into().ok()?);
    let counting = u128::MAX.checked_shr(128_u32.checked_sub(length)?)?;
    let blocks = u128::try_from(data.len().div_ceil(BLOCK)).ok()?;
    if blocks.saturating_sub(1) > counting {
        return None; // a value of the counter would come twice
    }
    let before_wrap = (counting - (start & counting)).saturating_add(1).min(blocks);
    let split = usize::try_from(before_wrap).ok()?.saturating_mul(BLOCK).min(data.len());
    let (first, second) = data.0.split_at_mut(split);
    apply(&key, start, first)?;
    apply(&key, start & !counting, second)?;
    Some(data)
}

fn apply(key: &[u8], counter: u128, data: &mut [u8]) -> Option<()> {
    with_aes!(key, Aes => {
        let mut stream = ctr::Ctr128BE::<Aes>::new_from_slices(key, &counter.to_be_bytes()).ok()?;
        stream.try_apply_keystream(data).ok()
    })
}

fn kw_wrap(key: Data, data: Data) -> Option<Data> {
    let mut wrapped = vec![0; data.len() + aes_kw::IV_LEN];
    with_aes!(key, Aes => {
        let kek = aes_kw::AesKw::<Aes>::new_from_slice(&key).ok()?;
        kek.wrap_key(&data, &mut wrapped).ok()?;
        Some(Data(wrapped))
    })
}

fn kw_unwrap(key: Data, data: Data) -> Option<Data> {
    let mut unwrapped = vec![0; data.len().checked_sub(aes_kw::IV_LEN)?];
    with_aes!(key, Aes => {
        let kek = aes_kw::AesKw::<Aes>::new_from_slice(&key).ok()?;
        kek.unwrap_key(&data, &mut unwrapped).ok()?;
        Some(Data(unwrapped))
    })
}
