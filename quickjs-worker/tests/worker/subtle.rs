//! `crypto.subtle`, by test vectors of the standards, by what Node makes of the same, and by its errors.

use serde_json::{Value, json};

use crate::host::{Host, post, text};

/// Carries out the case in the body of a request.
const CHECK: &str = include_str!("subtle/check.js");

const VECTORS: &str = include_str!("subtle/vectors.json");

/// Written by `subtle/interop.mjs`.
const INTEROP: &str = include_str!("subtle/interop.json");

/// Answers with the value of the expression in the body, or the name of what it throws.
const EVALUATE: &str = "const Async = (async () => {}).constructor;
    const { subtle } = crypto, bytes = (...values) => new Uint8Array(values);
    const name = (promise) => promise.then(() => 'nothing', (error) => error.name);
    export default async (r) => { const source = await r.text();
        try { return Response.json(await new Async('subtle', 'bytes', 'name', 'return (' + source + ')')(subtle, bytes, name) ?? null) }
        catch (e) { return Response.json('throws ' + e.name) } }";

fn ask(host: &mut Host, id: usize, body: &str) -> Value {
    let response = host.ask(post(id as u64, body));
    serde_json::from_str(text(&response)).expect("JSON")
}

fn assert_cases(cases: &str) {
    let mut host = Host::serving(CHECK);
    let cases: Vec<Value> = serde_json::from_str(cases).expect("a list of cases");
    assert!(cases.len() > 20, "{} cases", cases.len());
    for (id, case) in cases.iter().enumerate() {
        assert_eq!(ask(&mut host, id, &case.to_string()), case["result"], "{case}");
    }
}

fn assert_values(cases: &[(&str, Value)]) {
    let mut host = Host::serving(EVALUATE);
    for (id, (expression, expected)) in cases.iter().enumerate() {
        assert_eq!(&ask(&mut host, id, expression), expected, "{expression}");
    }
}

#[test]
fn results_are_those_of_the_standards_test_vectors() {
    assert_cases(VECTORS);
}

#[test]
fn keys_signatures_and_secrets_are_interchangeable_with_those_of_node() {
    assert_cases(INTEROP);
}

#[test]
fn errors_have_the_standards_names() {
    assert_values(&[
        ("name(subtle.digest('MD5', bytes()))", json!("NotSupportedError")),
        ("name(subtle.digest('SHA-256', 'text'))", json!("TypeError")),
        ("name(subtle.digest('SHA-256'))", json!("TypeError")),
        ("name(subtle.digest({}, bytes()))", json!("TypeError")),
        (
            "name(subtle.importKey('raw', bytes(1), { name: 'HMAC', hash: 'SHA-1' }, false, ['encrypt']))",
            json!("SyntaxError"),
        ),
        (
            "name(subtle.importKey('raw', bytes(1), { name: 'HMAC', hash: 'SHA-1' }, false, []))",
            json!("SyntaxError"),
        ),
        (
            "name(subtle.importKey('raw', bytes(1), { name: 'HMAC', hash: 'SHA-1' }, false, ['nonsense']))",
            json!("TypeError"),
        ),
        (
            "name(subtle.importKey('raw', bytes(1), { name: 'HMAC' }, false, ['sign']))",
            json!("TypeError"),
        ),
        (
            "name(subtle.importKey('raw', bytes(), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']))",
            json!("DataError"),
        ),
        (
            "name(subtle.importKey('raw', bytes(1), 'AES-GCM', false, ['encrypt']))",
            json!("DataError"),
        ),
        (
            "name(subtle.importKey('spki', bytes(1), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']))",
            json!("NotSupportedError"),
        ),
        (
            "name(subtle.importKey('spki', bytes(48), { name: 'RSA-PSS', hash: 'SHA-256' }, false, ['verify']))",
            json!("DataError"),
        ),
        (
            "name(subtle.generateKey({ name: 'AES-GCM', length: 100 }, false, ['encrypt']))",
            json!("OperationError"),
        ),
        (
            "name(subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-1' }, false, ['sign']))",
            json!("NotSupportedError"),
        ),
        (
            "subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']).then((key) => Promise.all([name(subtle.exportKey('raw', key)), \
            name(subtle.verify('HMAC', key, bytes(), bytes())), name(subtle.sign('AES-GCM', key, bytes())), name(subtle.sign('Ed25519', key, bytes()))]))",
            json!([
                "InvalidAccessError",
                "InvalidAccessError",
                "NotSupportedError",
                "InvalidAccessError"
            ]),
        ),
    ]);
}

#[test]
fn keys_show_what_they_are_and_hide_what_they_are_made_of() {
    let made = "subtle.generateKey({ name: 'HMAC', hash: 'sha-256' }, false, ['verify', 'sign']).then((key) => ";
    let shown =
        "[key.type, key.extractable, key.algorithm, key.usages, Object.keys(key), String(key)])";
    let algorithm = json!({ "name": "HMAC", "hash": { "name": "SHA-256" }, "length": 512 });
    assert_values(&[
        (
            &format!("{made}{shown}"),
            json!(["secret", false, algorithm, ["sign", "verify"], [], "[object CryptoKey]"]),
        ),
        (
            &format!(
                "{made}{{ key.algorithm.name = 'AES-GCM'; key.usages.push('encrypt'); return name(subtle.encrypt({{ name: 'AES-GCM', iv: bytes(1) }}, key, bytes())) }})"
            ),
            json!("InvalidAccessError"),
        ),
        ("new CryptoKey()", json!("throws TypeError")),
        ("new SubtleCrypto()", json!("throws TypeError")),
        ("crypto.subtle === crypto.subtle && crypto.subtle instanceof SubtleCrypto", json!(true)),
    ]);
}

#[test]
fn generated_keys_work_and_differ() {
    let work = "(async (algorithm, params) => { const make = () => subtle.generateKey(algorithm, true, ['sign', 'verify']);
        const [one, two] = [await make(), await make()], signature = await subtle.sign(params, one.privateKey, bytes(1));
        return Promise.all([one, two].map((pair) => subtle.verify(params, pair.publicKey, signature, bytes(1)))) })";
    let rsa = "{ name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: bytes(1, 0, 1) }, { name: 'RSA-PSS', saltLength: 32 }";
    let ec = "{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }";
    assert_values(&[
        (&format!("{work}({ec})"), json!([true, false])),
        (&format!("{work}('Ed25519', 'Ed25519')"), json!([true, false])),
        (&format!("{work}({rsa})"), json!([true, false])),
    ]);
}

#[test]
fn work_that_nothing_could_interrupt_is_refused() {
    let password =
        "subtle.importKey('raw', bytes(1), 'PBKDF2', false, ['deriveBits']).then((key) => ";
    let derive = "subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: bytes(1), iterations: 2000000 }, key, ";
    assert_values(&[
        (&format!("{password}name({derive}264)))"), json!("OperationError")),
        (&format!("{password}name({derive}2 ** 32 - 8)))"), json!("OperationError")),
        (
            "name(subtle.generateKey({ name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 16384, publicExponent: bytes(1, 0, 1) }, true, ['sign']))",
            json!("OperationError"),
        ),
        (
            "name(subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 2 ** 32 - 1 }, true, ['sign']))",
            json!("OperationError"),
        ),
    ]);
}

#[test]
fn a_derived_key_encrypts_and_a_wrapped_one_comes_back() {
    assert_values(&[(
        "(async () => { const base = await subtle.importKey('raw', bytes(1, 2), 'HKDF', false, ['deriveKey']);
            const params = { name: 'HKDF', hash: 'SHA-256', salt: bytes(), info: bytes() };
            const kek = await subtle.deriveKey(params, base, { name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey']);
            const key = await subtle.importKey('raw', bytes(7, 8), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']), iv = bytes(1);
            const wrapped = await subtle.wrapKey('jwk', key, kek, { name: 'AES-GCM', iv });
            const back = await subtle.unwrapKey('jwk', wrapped, kek, { name: 'AES-GCM', iv }, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
            return [kek.algorithm.length, [...new Uint8Array(await subtle.exportKey('raw', back))]] })()",
        json!([256, [7, 8]]),
    )]);
}
