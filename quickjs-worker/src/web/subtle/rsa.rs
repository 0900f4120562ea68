//! RSA (RFC 8017), on the crate `rsa`, with keys of up to 8192 bits.
//!
//! Keys are in the form of PKCS #1.

use getrandom::SysRng;
use rquickjs::function::Func;
use rquickjs::{Object, Result};
use rsa::pkcs1::{
    DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPrivateKey, EncodeRsaPublicKey,
    RsaPrivateKey as PrivateParts, RsaPublicKey as PublicParts, UintRef,
};
use rsa::pkcs8::der::{Decode, Encode};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, Oaep, Pkcs1v15Sign, PrivateKey, Pss, PublicKey};

use super::data::Data;
use super::hash::{Hash, digest, with_hash};

/// Provides what keys are made of, read from and written as, and the four uses of RSA.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("rsaGenerate", Func::from(generate))?;
    native.set("rsaPublic", Func::from(public))?;
    native.set("rsaFromSpki", Func::from(from_spki))?;
    native.set("rsaToSpki", Func::from(to_spki))?;
    native.set("rsaFromPkcs8", Func::from(from_pkcs8))?;
    native.set("rsaToPkcs8", Func::from(to_pkcs8))?;
    native.set("rsaFromParts", Func::from(from_parts))?;
    native.set("rsaParts", Func::from(parts))?;
    native.set("rsaSign", Func::from(sign))?;
    native.set("rsaVerify", Func::from(verify))?;
    native.set("rsaEncrypt", Func::from(encrypt))?;
    native.set("rsaDecrypt", Func::from(decrypt))
}

fn private_key(key: &[u8]) -> Option<PrivateKey> {
    PrivateKey::from_pkcs1_der(key).ok()
}

fn public_key(key: &[u8]) -> Option<PublicKey> {
    PublicKey::from_pkcs1_der(key).ok()
}

fn of_private(key: &PrivateKey) -> Option<Data> {
    key.to_pkcs1_der().ok().map(|der| der.as_bytes().into())
}

fn of_public(key: &PublicKey) -> Option<Data> {
    key.to_pkcs1_der().ok().map(|der| der.as_bytes().into())
}

/// The caller bounds the number of bits: nothing interrupts this.
fn generate(bits: usize, exponent: u64) -> Option<Data> {
    let key = PrivateKey::new_with_exp(&mut SysRng, bits, BoxedUint::from(exponent)).ok()?;
    of_private(&key)
}

/// The public key of a private one.
fn public(key: Data) -> Option<Data> {
    of_public(&private_key(&key)?.to_public_key())
}

fn from_spki(der: Data) -> Option<Data> {
    of_public(&PublicKey::from_public_key_der(&der).ok()?)
}

fn to_spki(key: Data) -> Option<Data> {
    public_key(&key)?.to_public_key_der().ok().map(|der| der.as_bytes().into())
}

fn from_pkcs8(der: Data) -> Option<Data> {
    of_private(&PrivateKey::from_pkcs8_der(&der).ok()?)
}

fn to_pkcs8(key: Data) -> Option<Data> {
    private_key(&key)?.to_pkcs8_der().ok().map(|der| der.as_bytes().into())
}

/// A key of n and e, or of n, e, d, p, q, dp, dq and qi.
fn from_parts(parts: Vec<Data>) -> Option<Data> {
    let numbers: Option<Vec<_>> = parts.iter().map(|part| UintRef::new(part).ok()).collect();
    match *numbers? {
        [modulus, public_exponent] => {
            let parts = PublicParts { modulus, public_exponent };
            of_public(&public_key(&parts.to_der().ok()?)?)
        }
        [
            modulus,
            public_exponent,
            private_exponent,
            prime1,
            prime2,
            exponent1,
            exponent2,
            coefficient,
        ] => {
            let parts = PrivateParts {
                modulus,
                public_exponent,
                private_exponent,
                prime1,
                prime2,
                exponent1,
                exponent2,
                coefficient,
                other_prime_infos: None,
            };
            of_private(&private_key(&parts.to_der().ok()?)?)
        }
        _ => None,
    }
}

/// The other way round.
fn parts(key: Data) -> Option<Vec<Data>> {
    if let Ok(key) = PublicParts::<UintRef<'_>>::from_der(&key) {
        return Some(vec![key.modulus.as_bytes().into(), key.public_exponent.as_bytes().into()]);
    }
    let key = PrivateParts::<UintRef<'_>>::from_der(&key).ok()?;
    let numbers = [
        key.modulus,
        key.public_exponent,
        key.private_exponent,
        key.prime1,
        key.prime2,
        key.exponent1,
        key.exponent2,
        key.coefficient,
    ];
    Some(numbers.iter().map(|number| number.as_bytes().into()).collect())
}

/// A signature: of PKCS #1 v1.5, or of PSS if there is a length of salt.
fn sign(hash: Hash, key: Data, data: Data, salt: Option<usize>) -> Option<Data> {
    let (key, hashed) = (private_key(&key)?, digest(hash, &data));
    let signature = with_hash!(hash, H => match salt {
        None => key.sign_with_rng(&mut SysRng, Pkcs1v15Sign::new::<H>(), &hashed),
        Some(salt) if salt > key.size() => return None,
        Some(salt) => key.sign_with_rng(&mut SysRng, Pss::<H>::new_with_salt(salt), &hashed),
    });
    signature.ok().map(Data)
}

fn verify(hash: Hash, key: Data, signature: Data, data: Data, salt: Option<usize>) -> bool {
    let Some(key) = public_key(&key) else { return false };
    let hashed = digest(hash, &data);
    let verified = with_hash!(hash, H => match salt {
        None => key.verify(Pkcs1v15Sign::new::<H>(), &hashed, &signature),
        Some(salt) if salt > key.size() => return false,
        Some(salt) => key.verify(Pss::<H>::new_with_salt(salt), &hashed, &signature),
    });
    verified.is_ok()
}

/// OAEP.
fn encrypt(hash: Hash, key: Data, label: Data, data: Data) -> Option<Data> {
    let key = public_key(&key)?;
    with_hash!(hash, H => key.encrypt(&mut SysRng, Oaep::<H>::new_with_label(label.0), &data).ok().map(Data))
}

fn decrypt(hash: Hash, key: Data, label: Data, data: Data) -> Option<Data> {
    let key = private_key(&key)?;
    with_hash!(hash, H => key.decrypt_blinded(&mut SysRng, Oaep::<H>::new_with_label(label.0), &data).ok().map(Data))
}
