//! Bytecode that a worker is given: used if it is the bundle's own and whole, ignored if it is not.

use std::fs::File;
use std::io::Read;

use bunbase_wire::worker::{BYTECODE_FD, Compile, FromWorker, Load, ToWorker, VERSION};
use sha2::{Digest, Sha256};

use crate::host::{Host, bundle, get, load, text};

const SOURCE: &str = "
    const marker = (() => { try { throw new Error('here') } catch (e) { return e.stack } })();
    export default (r) => new Response(`${new URL(r.url).pathname} ${marker.trim()}`)";

/// A bundle that another could be taken for.
const OTHER: &str = "export default () => new Response('other')";

/// What a worker of this function writes when it is to compile this.
pub fn compiled(function: &str, source: &str) -> Vec<u8> {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut host = Host::start_with(bundle(source), vec![(writer.into(), BYTECODE_FD)]);
    let (function, memory) = (function.to_owned(), 64 << 20);
    host.send(&ToWorker::Compile(Compile { protocol: VERSION, function, memory }));
    let mut bytecode = Vec::new();
    reader.read_to_end(&mut bytecode).expect("bytecode");
    assert_eq!(host.exit_code(), Some(0));
    bytecode
}

/// The SHA-256 of a bundle, as `load` has it.
pub fn hash(source: &str) -> String {
    Sha256::digest(source).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A worker of this bundle and this bytecode, which is told that the bundle is `said`.
fn serving(source: impl Into<File>, bytecode: &[u8], said: &str) -> Host {
    let files = vec![(bundle(bytecode).into(), BYTECODE_FD)];
    let mut host = Host::start_with(source.into(), files);
    let ToWorker::Load(told) = load(64 << 20) else { panic!("no load") };
    host.send(&ToWorker::Load(Load { bundle: Some(hash(said)), ..told }));
    assert!(matches!(host.next(), FromWorker::Ready(_)));
    host
}

#[test]
fn a_function_of_bytecode_answers_as_one_of_source() {
    let mut from_source = Host::serving(SOURCE);
    let mut from_bytecode = serving(bundle(""), &compiled("hello", SOURCE), SOURCE);
    let expected = from_source.ask(get(1, "/x"));
    let expected = text(&expected);
    assert_eq!(text(&from_bytecode.ask(get(1, "/x"))), expected);
    assert!(expected.contains("hello.js:2"), "{expected}");
}

/// The bundle is empty: an answer can come from the bytecode only.
#[test]
fn bytecode_makes_reading_the_source_needless() {
    let mut host = serving(bundle(""), &compiled("hello", OTHER), OTHER);
    assert_eq!(text(&host.ask(get(1, "/"))), "other");
}

#[test]
fn what_is_not_the_bundles_own_bytecode_is_ignored() {
    let own = compiled("hello", SOURCE);
    let mut forged = own.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let stale = [&own[..8], b"0123456789abcdef", &own[24..]].concat();
    let cases: [(&str, Vec<u8>); 8] = [
        ("another bundle's", compiled("hello", OTHER)),
        ("another function's", compiled("other", SOURCE)),
        ("forged", forged),
        ("stale", stale),
        ("truncated", own[..own.len() / 2].to_vec()),
        ("a header alone", own[..88].to_vec()),
        ("nonsense", vec![0xff; 1000]),
        ("nothing", Vec::new()),
    ];
    for (what, bytecode) in cases {
        let mut host = serving(bundle(SOURCE), &bytecode, SOURCE);
        let answer = host.ask(get(1, "/x"));
        let answer = text(&answer);
        assert!(answer.starts_with("/x "), "{what}: {answer}");
    }
}

#[test]
fn bytecode_has_no_source_to_show() {
    let source = "export default () => new Response(String(function named(a) { return a }))";
    let mut host = serving(bundle(source), &compiled("hello", source), source);
    let shown = host.ask(get(1, "/"));
    assert_eq!(text(&shown), "function named() {\n    [native code]\n}");
}

#[test]
fn what_does_not_parse_gives_no_bytecode() {
    assert!(compiled("hello", "export default (").is_empty());
}

#[test]
fn compiling_runs_nothing_of_the_bundle() {
    assert!(!compiled("hello", "for (;;) {} export default 1").is_empty());
}
