//! Ed25519 (RFC 8032) and X25519 (RFC 7748), on the crates `ed25519-dalek` and `x25519-dalek`.
//!
//! Both kinds of keys are 32 bytes, and are read and written alike (RFC 8410).

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use p256::pkcs8::der::asn1::{BitStringRef, OctetStringRef};
use p256::pkcs8::der::{Decode, Encode};
use p256::pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use p256::pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use rquickjs::function::Func;
use rquickjs::{Object, Result};
use x25519_dalek::{PublicKey, StaticSecret};

use super::data::Data;

const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Provides what keys are read from and written as, `ed25519Sign`, `ed25519Verify` and `x25519`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("okpPublic", Func::from(public))?;
    native.set("okpFromSpki", Func::from(from_spki))?;
    native.set("okpToSpki", Func::from(to_spki))?;
    native.set("okpFromPkcs8", Func::from(from_pkcs8))?;
    native.set("okpToPkcs8", Func::from(to_pkcs8))?;
    native.set("ed25519Sign", Func::from(sign))?;
    native.set("ed25519Verify", Func::from(verify))?;
    native.set("x25519", Func::from(agree))
}

fn algorithm(curve: &str) -> Option<AlgorithmIdentifierRef<'static>> {
    let oid = match curve {
        "Ed25519" => ED25519,
        "X25519" => X25519,
        _ => return None,
    };
    Some(AlgorithmIdentifierRef { oid, parameters: None })
}

fn key_of(bytes: &[u8]) -> Option<[u8; 32]> {
    bytes.try_into().ok()
}

fn public(curve: String, secret: Data) -> Option<Data> {
    let secret = key_of(&secret)?;
    match curve.as_str() {
        "Ed25519" => Some(SigningKey::from_bytes(&secret).verifying_key().to_bytes().into()),
        _ => Some(PublicKey::from(&StaticSecret::from(secret)).to_bytes().into()),
    }
}

fn from_spki(curve: String, der: Data) -> Option<Data> {
    let info = SubjectPublicKeyInfoRef::from_der(&der).ok()?;
    let right = info.algorithm == algorithm(&curve)?;
    key_of(info.subject_public_key.as_bytes()?).filter(|_| right).map(Data::from)
}

fn to_spki(curve: String, public: Data) -> Option<Data> {
    let subject_public_key = BitStringRef::from_bytes(&public).ok()?;
    let info = SubjectPublicKeyInfoRef { algorithm: algorithm(&curve)?, subject_public_key };
    info.to_der().ok().map(Data)
}

/// The private key is an octet string within an octet string.
fn from_pkcs8(curve: String, der: Data) -> Option<Data> {
    let info = PrivateKeyInfoRef::try_from(&*der).ok()?;
    let right = info.algorithm == algorithm(&curve)?;
    let inner = <&OctetStringRef>::from_der(info.private_key.as_bytes()).ok()?;
    key_of(inner.as_bytes()).filter(|_| right).map(Data::from)
}

fn to_pkcs8(curve: String, secret: Data) -> Option<Data> {
    let inner = OctetStringRef::new(&secret).ok()?.to_der().ok()?;
    let info = PrivateKeyInfoRef::new(algorithm(&curve)?, OctetStringRef::new(&inner).ok()?);
    info.to_der().ok().map(Data)
}

fn sign(secret: Data, data: Data) -> Option<Data> {
    Some(SigningKey::from_bytes(&key_of(&secret)?).sign(&data).to_bytes().into())
}

/// Refuses keys and points of small order, as the standard asks.
fn verify(public: Data, signature: Data, data: Data) -> bool {
    let key = key_of(&public).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    let signature = Signature::from_slice(&signature).ok();
    key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(&data, &signature).is_ok())
}

/// Nothing if the other's point is of small order.
fn agree(secret: Data, public: Data) -> Option<Data> {
    let secret = StaticSecret::from(key_of(&secret)?);
    let shared = secret.diffie_hellman(&PublicKey::from(key_of(&public)?));
    shared.was_contributory().then(|| shared.to_bytes().into())
}
