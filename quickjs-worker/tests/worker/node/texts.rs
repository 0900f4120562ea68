//! path, url, querystring, string_decoder, util.

use serde_json::json;

use super::assert_values;

#[test]
fn paths_are_those_of_posix() {
    assert_values(&[
        (
            "[path.join('/a', '..', 'b', './c'), path.resolve('x', '../y'), path.normalize('a//b/../c/'), path.relative('/a/b', '/a/c/d')]",
            json!(["/b/c", "/y", "a/c/", "../c/d"]),
        ),
        (
            "[path.basename('/a/b.ts', '.ts'), path.dirname('/a/b'), path.extname('x.tar.gz'), path.isAbsolute('a'), path.sep, path.posix === path.default]",
            json!(["b", "/a", ".gz", false, "/", true]),
        ),
        (
            "path.parse('/home/f.txt')",
            json!({ "root": "/", "dir": "/home", "base": "f.txt", "ext": ".txt", "name": "f" }),
        ),
        ("path.join(5)", json!("throws TypeError Path must be a string. Received 5")),
    ]);
}

#[test]
fn urls_are_parsed_formatted_and_turned_into_paths() {
    assert_values(&[
        (
            "(({ protocol, auth, host, port, hostname, pathname, search, query, hash }) => [protocol, auth, host, port, hostname, pathname, search, query, hash])(url.parse('HTTP://me:pw@Example.com:81/a b?q=1#f'))",
            json!([
                "http:",
                "me:pw",
                "example.com:81",
                "81",
                "example.com",
                "/a%20b",
                "?q=1",
                "q=1",
                "#f"
            ]),
        ),
        (
            "[url.parse('/a?b=c&b=d', true).query.b, url.parse('/a').host, url.parse('http://a').pathname, url.parse('mailto:a@b').href]",
            json!([["c", "d"], null, "/", "mailto:a@b"]),
        ),
        (
            "[url.parse('//host/p').pathname, url.parse('//host/p', false, true).host]",
            json!(["//host/p", "host"]),
        ),
        ("url.parse(5)", json!("throws ERR_INVALID_ARG_TYPE")),
        (
            "[url.format({ protocol: 'https', host: 'a.b', pathname: 'c', query: { d: [1, 2] }, hash: 'e' }), url.format(new URL('http://u:p@a/?b#c'), { auth: false, fragment: false })]",
            json!(["https://a.b/c?d=1&d=2#e", "http://a/?b"]),
        ),
        (
            "[url.resolve('/one/two', 'three'), url.resolve('http://a/b/c', '../d')]",
            json!(["/one/three", "http://a/d"]),
        ),
        (
            "[url.fileURLToPath('file:///a%20b'), url.pathToFileURL('/a b#c%').href, url.domainToASCII('bücher.example')]",
            json!(["/a b", "file:///a%20b%23c%25", "xn--bcher-kva.example"]),
        ),
        ("url.fileURLToPath('http://a/')", json!("throws ERR_INVALID_URL_SCHEME")),
        (
            "[url.URL === URL, url.urlToHttpOptions(new URL('http://u:p@a:8/b?c')).path]",
            json!([true, "/b?c"]),
        ),
    ]);
}

#[test]
fn query_strings_are_parsed_and_written() {
    assert_values(&[
        (
            "[{ ...querystring.parse('a=1&b=x+y&a=%C3%BC&c') }, { ...querystring.parse('a:1;b:2', ';', ':') }]",
            json!([{ "a": ["1", "ü"], "b": "x y", "c": "" }, { "a": "1", "b": "2" }]),
        ),
        (
            "[querystring.stringify({ a: [1, true], b: 'x y&', c: null, d: NaN }), querystring.unescape('%zz%41%ff')]",
            json!(["a=1&a=true&b=x%20y%26&c=&d=", "%zzA\u{fffd}"]),
        ),
        (
            "Object.keys(querystring.parse('a&b&c', null ?? '&', '=', { maxKeys: 2 }))",
            json!(["a", "b"]),
        ),
    ]);
}

#[test]
fn characters_that_come_in_pieces_are_put_together() {
    assert_values(&[
        (
            "(() => { const d = new string_decoder.StringDecoder('utf8'); return [d.write(Buffer.from([0xe2, 0x82])), d.write(Buffer.from([0xac, 0x61])), d.write(Buffer.from([0xc3])), d.end()] })()",
            json!(["", "€a", "", "\u{fffd}"]),
        ),
        (
            "(() => { const d = new string_decoder.StringDecoder('base64'); return [d.write(Buffer.from('ab')), d.write(Buffer.from('cd')), d.end()] })()",
            json!(["", "YWJj", "ZA=="]),
        ),
        (
            "(() => { const d = new string_decoder.StringDecoder('utf16le'), b = Buffer.from('😀a', 'utf16le'); return [d.write(b.subarray(0, 3)), d.write(b.subarray(3)), d.end()] })()",
            json!(["", "😀a", ""]),
        ),
        ("new string_decoder.StringDecoder('klingon')", json!("throws ERR_UNKNOWN_ENCODING")),
    ]);
}

#[test]
fn values_are_shown_as_node_shows_them() {
    assert_values(&[
        (
            "util.inspect({ a: [1, 'x', { b: new Map([[1, { c: { d: 1 } }]]) }], f() {}, s: Symbol('y') })",
            json!("{ a: [ 1, 'x', { b: [Map] } ], f: [Function: f], s: Symbol(y) }"),
        ),
        (
            "[util.inspect('it\\'s'), util.inspect(new (class Point { x = 1 })), util.inspect([, 1]), util.inspect(null), util.inspect(-0), util.inspect(1n)]",
            json!(["\"it's\"", "Point { x: 1 }", "[ <1 empty item>, 1 ]", "null", "-0", "1n"]),
        ),
        ("util.inspect({ [util.inspect.custom]: () => 'own' })", json!("own")),
        ("util.inspect({ a: { b: { c: { d: 1 } } } }, { depth: 0 })", json!("{ a: [Object] }")),
        (
            "util.format('%s %d %j %o%% %i', 'a', 1.5, { x: 1 }, [1], '7', 'more')",
            json!("a 1.5 {\"x\":1} [ 1, [length]: 1 ]% 7 more"),
        ),
        ("util.stripVTControlCharacters('\\u001b[31mred\\u001b[0m')", json!("red")),
    ]);
}

#[test]
fn functions_are_made_into_others() {
    assert_values(&[
        ("util.promisify((a, b, done) => done(null, a + b))(1, 2)", json!(3)),
        ("util.promisify((done) => done(new RangeError('x')))()", json!("throws RangeError x")),
        (
            "util.promisify(Object.assign(() => {}, { [util.promisify.custom]: async () => 'own' }))()",
            json!("own"),
        ),
        ("util.promisify(5)", json!("throws ERR_INVALID_ARG_TYPE")),
        (
            "new Promise((ok) => util.callbackify(async (x) => x * 2)(4, (error, value) => ok([error, value])))",
            json!([null, 8]),
        ),
        (
            "new Promise((ok) => util.callbackify(async () => { throw null })((error) => ok(error.code)))",
            json!("ERR_FALSY_VALUE_REJECTION"),
        ),
        (
            "(() => { const f = util.deprecate((x) => x, 'old', 'DEP1'); return [f(1), f(2)] })()",
            json!([1, 2]),
        ),
        (
            "[util.types.isPromise(Promise.resolve()), util.types.isRegExp(/a/), util.types.isUint8Array(Buffer.alloc(1)), util.types.isDate({}), util.types.isAsyncFunction(async () => {}), util.types.isMap(new Map())]",
            json!([true, true, true, false, true, true]),
        ),
        ("util.debuglog('x').enabled", json!(false)),
    ]);
}
