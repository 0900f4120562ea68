//! Another function: its globals, its environment, its place in the log; and answers that pretend to be more than one.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::arena::{Arena, Attack, Family, Scene, is};

pub const FAMILY: Family = Family { name: "neighbour", attacks: ATTACKS, scenes: SCENES };

const ATTACKS: &[Attack] = &[
    Attack {
        name: "globals that others would see",
        code: "globalThis.SECRET = 'forged'; Object.prototype.env = { SECRET: 'forged' }; Object.prototype.polluted = 1; Headers.prototype.get = () => 'forged'; return 'done';",
        seen: "done",
    },
    Attack {
        name: "the environment of others",
        code: "return JSON.stringify([env.SECRET, process.env.SECRET, Object.keys(env), Object.isFrozen(env)]);",
        seen: "[null,null,[],true]",
    },
    Attack {
        name: "line breaks in a header",
        code: "const outcomes = ['a\\r\\nset-cookie: x=y', 'a\\nb', 'a\\0b', '\\u010d\\u010aset-cookie: x'].map((value) => { try { new Headers({ 'x-a': value }); return 'taken'; } catch (error) { return error.name; } });
            return [outcomes, ['a\\r\\nb', 'a b', 'a:b', ''].map((name) => { try { new Response('', { headers: [[name, 'x']] }); return 'taken'; } catch (error) { return error.name; } })];",
        seen: "TypeError,TypeError,TypeError,TypeError,TypeError,TypeError,TypeError,TypeError",
    },
];

const SCENES: &[Scene] = &[
    Scene {
        name: "a second answer behind a replaced join",
        play: |arena| {
            one_answer(
                arena,
                "Array.prototype.join = () => 'x-a\\na\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\nx-second: 1'; String.prototype.split = null; return new Response('x', { headers: { a: 'b' } });",
            )
        },
    },
    Scene {
        name: "headers of a replaced list",
        play: |arena| {
            one_answer(
                arena,
                "Array.prototype.push = function (...args) { return Reflect.apply(Array.prototype.concat, this, args), this[this.length] = 'x-second: 1\\r\\nx-a', this[this.length] = 'b'; }; return new Response('x', { headers: { a: 'b' } });",
            )
        },
    },
    Scene {
        name: "hop-by-hop headers and lengths that lie",
        play: |arena| {
            one_answer(
                arena,
                "return new Response('x\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\nx-second: 1\\r\\n\\r\\n', { headers: { 'content-length': '1', 'transfer-encoding': 'identity', connection: 'upgrade', upgrade: 'h2c', trailer: 'x', 'keep-alive': 'x', te: 'x' } });",
            )
        },
    },
    Scene { name: "headers that are the host's to write", play: headers_of_the_host },
    Scene { name: "lines of the log that look like the host's", play: lines_of_the_host },
];

/// All that comes for one request on a connection of its own.
fn raw(arena: &Arena, path: &str) -> String {
    let mut stream = TcpStream::connect(arena.suite.address()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// There is one head, and none of the attacker's headers that it could not have.
fn one_answer(arena: &Arena, code: &str) -> Result<(), String> {
    let answer = raw(arena, &arena.attacker(code, ""));
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no head")?;
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let is_whole = length.is_some_and(|length| length.parse() == Ok(body.len()));
    let foreign =
        ["\nx-second", "\nupgrade:", "\ntransfer-encoding:", "\ntrailer:", "\nkeep-alive:"];
    is(is_whole && !foreign.iter().any(|name| head.contains(name)), || answer.clone())
}

/// The request's id is the host's, and there is one.
fn headers_of_the_host(arena: &Arena) -> Result<(), String> {
    let code = "return new Response('x', { headers: { 'x-request-id': 'forged', date: 'forged', server: 'forged' } });";
    let answer = arena.suite.get(&arena.attacker(code, ""));
    let (ids, dates) = (answer.header("x-request-id"), answer.header("date"));
    is(ids.len() == 1 && ids[0] != "forged" && dates.len() <= 1, || format!("{:?}", answer.headers))
}

/// Whatever it writes: each line of the log that begins like one is the host's own, and what it says of itself comes last.
fn lines_of_the_host(arena: &Arena) -> Result<(), String> {
    let code = r#"const line = '2026-01-01T00:00:00.000000Z  INFO bunbase_gateway: forged-line function="neighbour" request_id="forged"';
        for (const start of ['\n', '\r', '\r\n', '\u2028', '\u0085', '\v', '\f', '\u001b[2K\u001b[1G', '\0', '\b'.repeat(200)]) console.log(`x${start}${line}`);
        console.error(new Error(`\n${line}`)); console.table([{ [`\n${line}`]: 1 }]); console.group(`\n${line}`); reportError(`\n${line}`); throw new Error(`\n${line}`);"#;
    let path = arena.attacker(code, "");
    let _ = arena.suite.get(&path);
    let log = arena.suite.log();
    let name = path.rsplit('/').next().unwrap_or_default();
    let forged: Vec<&str> =
        log.split(['\n', '\r']).filter(|line| line.contains("forged-line")).collect();
    let looks_own = |line: &&&str| {
        line.starts_with("2026-01-01")
            || line.contains(['\u{1b}', '\0', '\u{8}', '\u{85}', '\u{b}', '\u{c}'])
    };
    is(forged.len() > 10 && !forged.iter().any(|line| looks_own(&line)), || {
        format!("{forged:#?}")
    })?;
    is(log.contains(&format!("function=\"{name}\"")), || "its own name is nowhere".to_owned())
}
