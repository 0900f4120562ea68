//! Hashes, HMACs, randomness.

use serde_json::json;

use super::assert_values;

/// The digests are those of RFC 1321, FIPS 180 and RFC 4231.
#[test]
fn digests_are_those_of_their_standards() {
    assert_values(&[
        (
            "['md5', 'sha1', 'SHA256', 'sha-512'].map((name) => crypto.createHash(name).update('abc').digest('hex').slice(0, 32))",
            json!([
                "900150983cd24fb0d6963f7d28e17f72",
                "a9993e364706816aba3e25717850c26c",
                "ba7816bf8f01cfea414140de5dae2223",
                "ddaf35a193617abacc417349ae204131"
            ]),
        ),
        (
            "crypto.createHash('sha256').update('a').update(Buffer.from('b')).update('63', 'hex').digest('base64')",
            json!("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
        ),
        (
            "(() => { const h = crypto.createHash('sha1').update('ab'); const c = h.copy(); h.update('x'); return c.update('c').digest('hex') })()",
            json!("a9993e364706816aba3e25717850c26c9cd0d89d"),
        ),
        (
            "crypto.createHmac('sha256', 'Jefe').update('what do ya want for nothing?').digest('hex')",
            json!("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ),
        (
            "crypto.createHmac('sha512', Buffer.alloc(20, 0x0b)).update('Hi There').digest('hex').slice(0, 32)",
            json!("87aa7cdea5ef619d4ff0b4241a1d6cb0"),
        ),
        ("crypto.createHash('sha256').digest() instanceof Buffer", json!(true)),
        ("crypto.createHash('klingon')", json!("throws ERR_CRYPTO_INVALID_DIGEST")),
        ("crypto.createHash('md5').update(5)", json!("throws ERR_INVALID_ARG_TYPE")),
        (
            "(() => { const h = crypto.createHash('md5'); h.digest(); h.digest() })()",
            json!("throws ERR_CRYPTO_HASH_FINALIZED"),
        ),
    ]);
}

#[test]
fn randomness_comes_in_the_shapes_that_node_has() {
    assert_values(&[
        (
            "[crypto.randomBytes(8).length, crypto.randomBytes(8).equals(crypto.randomBytes(8))]",
            json!([8, false]),
        ),
        (
            "new Promise((ok) => crypto.randomBytes(4, (error, bytes) => ok([error, bytes.length])))",
            json!([null, 4]),
        ),
        ("crypto.randomBytes(-1)", json!("throws ERR_OUT_OF_RANGE")),
        (
            "Array.from({ length: 200 }, () => crypto.randomInt(3, 6)).every((n) => n >= 3 && n < 6) && new Set(Array.from({ length: 200 }, () => crypto.randomInt(3))).size",
            json!(3),
        ),
        ("crypto.randomInt(5, 5)", json!("throws ERR_OUT_OF_RANGE")),
        (
            "/^[0-9a-f-]{36}$/.test(crypto.randomUUID()) && crypto.webcrypto === globalThis.crypto",
            json!(true),
        ),
        (
            "(() => { const b = Buffer.alloc(8); crypto.randomFillSync(b, 4); return [b.readUInt32LE(0), b.readUInt32LE(4) > 0] })()",
            json!([0, true]),
        ),
        (
            "[crypto.timingSafeEqual(Buffer.from('ab'), Buffer.from('ab')), crypto.timingSafeEqual(Buffer.from('ab'), Buffer.from('ac'))]",
            json!([true, false]),
        ),
        (
            "crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))",
            json!("throws ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH"),
        ),
    ]);
}

#[test]
fn secret_keys_are_objects_and_pairs_of_keys_are_refused() {
    assert_values(&[
        ("(() => { const k = crypto.createSecretKey('Jefe'); return [k.type, k.symmetricKeySize, k.export().toString(), k.export({ format: 'jwk' }).k, k.equals(crypto.createSecretKey(Buffer.from('Jefe'))),
            crypto.createHmac('sha256', k).update('what do ya want for nothing?').digest('hex').slice(0, 8)] })()", json!(["secret", 4, "Jefe", "SmVmZQ", true, "5bdcc146"])),
        ("crypto.createPublicKey('-----BEGIN PUBLIC KEY-----')", json!("throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM")),
        ("new crypto.KeyObject()", json!("throws ERR_INVALID_ARG_VALUE")),
    ]);
}
