//! Buffer.

use serde_json::json;

use super::assert_values;

#[test]
fn texts_become_bytes_and_texts_again_in_every_encoding() {
    assert_values(&[
        ("[...Buffer.from('aü€')]", json!([97, 195, 188, 226, 130, 172])),
        ("Buffer.from('aü€😀').toString()", json!("aü€😀")),
        ("Buffer.from([0xff, 0x61]).toString('utf-8')", json!("\u{fffd}a")),
        ("Buffer.from([0xef, 0xbb, 0xbf, 0x61]).toString()", json!("\u{feff}a")),
        ("Buffer.from('C0FFEEzz', 'hex').toString('hex')", json!("c0ffee")),
        ("Buffer.from('abc', 'hex').length", json!(1)),
        ("Buffer.from('light w').toString('base64')", json!("bGlnaHQgdw==")),
        ("Buffer.from('bGlnaHQgdw', 'base64').toString()", json!("light w")),
        ("Buffer.from('_-8', 'base64').toString('hex')", json!("ffef")),
        ("Buffer.from('a b\\nG=xx', 'base64').length", json!(2)),
        ("Buffer.from('x', 'base64').length", json!(0)),
        ("Buffer.from([255, 239]).toString('base64url')", json!("_-8")),
        ("Buffer.from('ÿĀ', 'latin1').toString('hex')", json!("ff00")),
        ("Buffer.from([0xe9, 0x80]).toString('binary')", json!("é\u{80}")),
        ("Buffer.from([0xe9]).toString('ascii')", json!("i")),
        ("Buffer.from('a€', 'utf16le').toString('hex')", json!("6100ac20")),
        ("Buffer.from('a😀', 'ucs2').toString('utf-16le')", json!("a😀")),
        ("Buffer.from('x', 'klingon')", json!("throws ERR_UNKNOWN_ENCODING")),
        ("Buffer.from('hello').toString('utf8', 1, 3)", json!("el")),
        ("Buffer.from('x'.repeat(100000)).toString('latin1').length", json!(100_000)),
    ]);
}

#[test]
fn buffers_are_made_from_whatever_node_makes_them_from() {
    assert_values(&[
        ("[...Buffer.from([1, 256, -1, 'x', 2.9])]", json!([1, 0, 255, 0, 2])),
        (
            "(() => { const a = new ArrayBuffer(4), b = Buffer.from(a, 1, 2); b[0] = 7; return [b.length, new Uint8Array(a)[1]] })()",
            json!([2, 7]),
        ),
        (
            "(() => { const a = Buffer.from('ab'), b = Buffer.from(a); b[0] = 0; return a.toString() })()",
            json!("ab"),
        ),
        ("Buffer.from(JSON.parse(JSON.stringify(Buffer.from('ab')))).toString()", json!("ab")),
        ("JSON.stringify(Buffer.from('a'))", json!("{\"type\":\"Buffer\",\"data\":[97]}")),
        ("Buffer.from(new String('boxed')).toString()", json!("boxed")),
        ("Buffer.from(5)", json!("throws ERR_INVALID_ARG_TYPE")),
        ("Buffer.from(null)", json!("throws ERR_INVALID_ARG_TYPE")),
        (
            "[Buffer.alloc(3, 'ab').toString(), Buffer.alloc(2)[1], Buffer.allocUnsafe(2).length]",
            json!(["aba", 0, 2]),
        ),
        ("Buffer.alloc(-1)", json!("throws ERR_OUT_OF_RANGE")),
        (
            "[Buffer('old').toString(), new Buffer(2).length, new Buffer('old') instanceof Buffer]",
            json!(["old", 2, true]),
        ),
        (
            "[Buffer.concat([Buffer.from('a'), new Uint8Array([98])]).toString(), Buffer.concat([Buffer.from('abc')], 2).toString(), Buffer.concat([Buffer.from('a')], 2).length]",
            json!(["ab", "a".to_owned() + "b", 2]),
        ),
        (
            "[Buffer.byteLength('ü'), Buffer.byteLength('ff', 'hex'), Buffer.isBuffer(new Uint8Array()), Buffer.isBuffer(Buffer.alloc(0)), Buffer.isEncoding('HEX')]",
            json!([2, 1, false, true, true]),
        ),
        (
            "buffer.Buffer === Buffer && buffer.default.Buffer === Buffer && Buffer.alloc(1) instanceof Uint8Array",
            json!(true),
        ),
    ]);
}

#[test]
fn parts_are_views_and_bytes_are_compared_found_filled_and_copied() {
    assert_values(&[
        (
            "(() => { const b = Buffer.from('hello'), s = b.slice(1, -1); s[0] = 69; return [b.toString(), s instanceof Buffer, b.subarray(3).toString()] })()",
            json!(["hEllo", true, "lo"]),
        ),
        (
            "[Buffer.from('a').equals(new Uint8Array([97])), Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.from('ab').compare(Buffer.from('a'))]",
            json!([true, -1, 1]),
        ),
        (
            "['lo', 108, Buffer.from('ell'), 'x', ''].map((x) => Buffer.from('hello').indexOf(x))",
            json!([3, 2, 1, -1, 0]),
        ),
        (
            "[Buffer.from('abab').lastIndexOf('ab'), Buffer.from('abab').indexOf('ab', 1), Buffer.from('abab').indexOf('ab', -2), Buffer.from('abab').includes('ba')]",
            json!([2, 2, 2, true]),
        ),
        (
            "[Buffer.alloc(5).fill('ab', 1, 4).toString('latin1'), Buffer.alloc(2).fill(257)[0], Buffer.alloc(3).fill('0a', 'hex').toString('hex')]",
            json!(["\0aba\0", 1, "0a0a0a"]),
        ),
        (
            "(() => { const t = Buffer.alloc(4); return [Buffer.from('abcdef').copy(t, 1, 2), t.toString('latin1')] })()",
            json!([3, "\0cde"]),
        ),
        (
            "(() => { const b = Buffer.alloc(4); return [b.write('a€', 1), b.write('zzz', 3), b.write('ff', 0, 'hex'), b.toString('hex')] })()",
            json!([1, 1, 1, "ff61007a"]),
        ),
        ("Buffer.from('0102', 'hex').swap16().toString('hex')", json!("0201")),
        ("Buffer.from('abc').map((x) => x + 1).toString()", json!("bcd")),
        ("[...Buffer.from('ab').entries()]", json!([[0, 97], [1, 98]])),
        ("util.inspect(Buffer.from('ab'))", json!("<Buffer 61 62>")),
    ]);
}

#[test]
fn numbers_are_read_and_written_at_all_sizes_and_within_bounds() {
    assert_values(&[
        (
            "(() => { const b = Buffer.alloc(8); b.writeUInt16BE(0x0102, 0); b.writeInt32LE(-2, 2); b.writeUint8(255, 6); return b.toString('hex') })()",
            json!("0102feffffffff00"),
        ),
        (
            "(() => { const b = Buffer.from('0102030405060708', 'hex'); return [b.readUInt8(1), b.readUInt16LE(0), b.readInt32BE(0), b.readUintBE(0, 6), b.readUIntLE(1, 3), String(b.readBigUInt64BE())] })()",
            json!([2, 0x0201, 0x0102_0304, 0x0102_0304_0506_u64, 0x04_0302, "72623859790382856"]),
        ),
        (
            "(() => { const b = Buffer.alloc(6); b.writeIntBE(-3, 0, 6); return [b.toString('hex'), b.readIntBE(0, 6), b.readIntLE(0, 6)] })()",
            json!(["fffffffffffd", -3, -2_199_023_255_553_i64]),
        ),
        (
            "(() => { const b = Buffer.alloc(8); b.writeDoubleBE(1.5); const d = b.readDoubleBE(); b.writeFloatLE(0.5); return [d, b.readFloatLE(), b.writeBigInt64LE(-1n), String(b.readBigInt64LE())] })()",
            json!([1.5, 0.5, 8, "-1"]),
        ),
        ("Buffer.alloc(2).readUInt16LE(1)", json!("throws ERR_OUT_OF_RANGE")),
        ("Buffer.alloc(1).readUInt16LE()", json!("throws ERR_BUFFER_OUT_OF_BOUNDS")),
        ("Buffer.alloc(2).writeUInt8(256)", json!("throws ERR_OUT_OF_RANGE")),
        ("Buffer.alloc(2).writeInt8(-129)", json!("throws ERR_OUT_OF_RANGE")),
        ("Buffer.alloc(9).readUIntBE(0, 7)", json!("throws ERR_OUT_OF_RANGE")),
        ("Buffer.alloc(2).readInt8('0')", json!("throws ERR_INVALID_ARG_TYPE")),
    ]);
}
