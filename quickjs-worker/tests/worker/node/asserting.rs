//! assert, and deep equality.

use serde_json::json;

use super::assert_values;

#[test]
fn assertions_pass_or_throw_an_assertion_error() {
    assert_values(&[
        (
            "(assert.default(1), assert.ok(true), assert.equal(1, '1'), assert.strictEqual(NaN, NaN), assert.match('abc', /b/), assert.ifError(null), 'fine')",
            json!("fine"),
        ),
        ("assert.default(0)", json!("throws ERR_ASSERTION")),
        ("assert.strictEqual(1, '1')", json!("throws ERR_ASSERTION")),
        ("assert.notEqual(1, 1)", json!("throws ERR_ASSERTION")),
        ("assert.strict.equal(1, '1')", json!("throws ERR_ASSERTION")),
        ("assert.fail(new RangeError('own'))", json!("throws RangeError own")),
        (
            "(() => { try { assert.strictEqual(1, 2, 'words') } catch (e) { return [e.name, e.message, e.actual, e.expected, e.operator, e instanceof Error] } })()",
            json!(["AssertionError", "words", 1, 2, "strictEqual", true]),
        ),
        (
            "assert.throws(() => { throw new TypeError('bad') }, TypeError) ?? assert.throws(() => { throw new TypeError('bad') }, /bad/) ?? assert.throws(() => { throw new TypeError('bad') }, { message: 'bad' }) ?? 'fine'",
            json!("fine"),
        ),
        ("assert.throws(() => {})", json!("throws ERR_ASSERTION")),
        (
            "assert.throws(() => { throw new RangeError('other') }, TypeError)",
            json!("throws RangeError other"),
        ),
        ("assert.rejects(Promise.reject(new Error('x')), /x/).then(() => 'fine')", json!("fine")),
        ("assert.rejects(async () => 1)", json!("throws ERR_ASSERTION")),
        ("assert.doesNotThrow(() => { throw new Error('x') })", json!("throws ERR_ASSERTION")),
    ]);
}

#[test]
fn deep_equality_looks_into_everything() {
    assert_values(&[
        ("[[{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }], [[1], ['1']], [{ a: 1 }, { a: 1, b: undefined }], [new Date(1), new Date(1)], [new Date(1), new Date(2)], [/a/g, /a/i], [NaN, NaN], [0, -0],
            [new Map([[{ k: 1 }, 'v']]), new Map([[{ k: 1 }, 'v']])], [new Map([['a', 1]]), new Map([['a', 2]])], [new Set([{ a: 1 }, 2]), new Set([2, { a: 1 }])], [new Set([1]), new Set([2])],
            [new Uint8Array([1]), new Uint8Array([1])], [new Uint8Array([1]), new Uint8Array([2])], [new Error('a'), new Error('b')], [Object.create(null), {}], [null, {}], [Object('a'), Object('a')], [[1, , 3], [1, undefined, 3]]]
            .map(([a, b]) => util.isDeepStrictEqual(a, b))",
            json!([true, false, false, true, false, false, true, false, true, false, true, false, true, false, false, false, false, true, false])),
        ("(() => { const a = { n: 1 }, b = { n: 1 }; a.self = a; b.self = b; return util.isDeepStrictEqual(a, b) })()", json!(true)),
        ("(assert.deepEqual({ a: '1' }, { a: 1 }), assert.notDeepStrictEqual({ a: '1' }, { a: 1 }), 'fine')", json!("fine")),
        ("assert.deepStrictEqual({ a: 1 }, { a: 2 })", json!("throws ERR_ASSERTION")),
    ]);
}
