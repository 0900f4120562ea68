//! The curves P-256, P-384 and P-521, on the crates of their names: keys, ECDSA, ECDH.
//!
//! A private key is its scalar, a public key its point, uncompressed (SEC 1, section 2.3).

use getrandom::SysRng;
use rquickjs::function::Func;
use rquickjs::{Object, Result};

use super::data::Data;
use super::hash::{Hash, digest};

/// Does something with the crate `$crate_` of a curve; what it comes to is an `Option`.
macro_rules! with_curve {
    ($curve:expr, $curve_crate:ident => $do:expr) => {
        match $curve.as_str() {
            "P-256" => {
                use p256 as $curve_crate;
                $do
            }
            "P-384" => {
                use p384 as $curve_crate;
                $do
            }
            "P-521" => {
                use p521 as $curve_crate;
                $do
            }
            _ => None,
        }
    };
}

/// Provides what keys are made of, read from and written as, `ecdsaSign`, `ecdsaVerify` and `ecdh`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("ecGenerate", Func::from(generate))?;
    native.set("ecPublic", Func::from(public))?;
    native.set("ecPoint", Func::from(point))?;
    native.set("ecFromSpki", Func::from(from_spki))?;
    native.set("ecToSpki", Func::from(to_spki))?;
    native.set("ecFromPkcs8", Func::from(from_pkcs8))?;
    native.set("ecToPkcs8", Func::from(to_pkcs8))?;
    native.set("ecdsaSign", Func::from(sign))?;
    native.set("ecdsaVerify", Func::from(verify))?;
    native.set("ecdh", Func::from(agree))
}

fn generate(curve: String) -> Option<Data> {
    with_curve!(curve, ec => {
        use ec::elliptic_curve::Generate;
        ec::SecretKey::try_generate_from_rng(&mut SysRng).ok().map(|key| key.to_bytes().into())
    })
}

/// The point of a scalar.
fn public(curve: String, scalar: Data) -> Option<Data> {
    with_curve!(curve, ec => {
        let key = ec::SecretKey::from_slice(&scalar).ok()?;
        Some(key.public_key().to_sec1_bytes().into())
    })
}

/// A point, compressed or not, that is on the curve.
fn point(curve: String, bytes: Data) -> Option<Data> {
    with_curve!(curve, ec => {
        use ec::elliptic_curve::sec1::ToSec1Point;
        let key = ec::PublicKey::from_sec1_bytes(&bytes).ok()?;
        Some(key.to_sec1_point(false).as_bytes().into())
    })
}

fn from_spki(curve: String, der: Data) -> Option<Data> {
    with_curve!(curve, ec => {
        use ec::{elliptic_curve::sec1::ToSec1Point, pkcs8::DecodePublicKey};
        let key = ec::PublicKey::from_public_key_der(&der).ok()?;
        Some(key.to_sec1_point(false).as_bytes().into())
    })
}

fn to_spki(curve: String, point: Data) -> Option<Data> {
    with_curve!(curve, ec => {
        use ec::pkcs8::EncodePublicKey;
        let key = ec::PublicKey::from_sec1_bytes(&point).ok()?;
        key.to_public_key_der().ok().map(|der| der.as_bytes().into())
    })
}

fn from_pkcs8(curve: String, der: Data) -> Option<Data> {
    with_curve!(curve, ec => {
        use ec::pkcs8::DecodePrivateKey;
        ec::SecretKey::from_pkcs8_der(&der).ok().map(|key| key.to_bytes().into())
    })
}

fn to_pkcs8(curve: String, scalar: Data) -> Option<Data> {
    with_curve!(curve, ec => {
        use ec::pkcs8::EncodePrivateKey;
        let key = ec::SecretKey::from_slice(&scalar).ok()?;
        key.to_pkcs8_der().ok().map(|der| der.as_bytes().into())
    })
}

/// A hash of a length that the crates take: zeros in front of a shorter one leave its number what it is.
fn widened(hash: Hash, data: &[u8], field: usize) -> Vec<u8> {
    let short = digest(hash, data);
    let mut wide = vec![0; field.saturating_sub(short.len())];
    wide.extend(short);
    wide
}

/// r and s, one behind the other. The nonce comes from key and hash (RFC 6979).
fn sign(curve: String, hash: Hash, scalar: Data, data: Data) -> Option<Data> {
    let hash = widened(hash, &data, scalar.len());
    with_curve!(curve, ec => {
        use ec::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
        let key = SigningKey::from_slice(&scalar).ok()?;
        let signature: Signature = key.sign_prehash(&hash).ok()?;
        Some(signature.to_bytes().into())
    })
}

fn verify(curve: String, hash: Hash, point: Data, signature: Data, data: Data) -> bool {
    let hash = widened(hash, &data, signature.len() / 2);
    let verified = with_curve!(curve, ec => {
        use ec::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};
        let key = VerifyingKey::from_sec1_bytes(&point);
        let signature = Signature::from_slice(&signature);
        key.and_then(|key| key.verify_prehash(&hash, &signature?)).ok()
    });
    verified.is_some()
}

fn agree(curve: String, scalar: Data, point: Data) -> Option<Data> {
    with_curve!(curve, ec => {
        let key = ec::SecretKey::from_slice(&scalar).ok()?;
        let other = ec::PublicKey::from_sec1_bytes(&point).ok()?;
        Some(key.diffie_hellman(&other).raw_secret_bytes().into())
    })
}
