//! What a function can do in the cage.

use serde_json::{Value, json};

use crate::who::Who;
use crate::worker::{Setup, Worker};

const FEATURES: &str = include_str!("features.js");

#[test]
fn a_module_from_descriptor_3_answers_requests() {
    for who in Who::all() {
        let bundle = "export default (request) => new Response(request.url)";
        let mut worker = Worker::start(&Setup::of(who), bundle);
        assert_eq!(worker.text("/a?b"), "http://function/a?b", "{who:?}");
        assert_eq!(worker.text("/c"), "http://function/c", "{who:?}");
    }
}

#[test]
fn what_computes_works() {
    let expected = json!({
        "context": 7, "timers": "late", "intervals": "again", "gzip": 100_000, "gzipInThread": 100_000,
        "brotli": true, "compressed": true, "digest": 64, "sign": 64, "rsa": "private", "scrypt": 32,
        "password": true, "random": 36, "compiledLoop": -1_747_812_800, "garbage": 50_000, "large": 41_943_040,
        "wasm": 3, "intl": "1.1.1970", "clone": 1, "regexp": 3, "usage": true, "form": "b", "stack": true,
        "thread": 42, "slept": true, "heap": true, "database": 1,
    });
    for who in Who::all() {
        let mut worker = Worker::start(&Setup::of(who), FEATURES);
        let results: Value = serde_json::from_str(&worker.text("/")).expect("JSON");
        assert_eq!(results, expected, "{who:?}");
    }
}

#[test]
fn its_compiler_compiles() {
    let Some(who) = Who::one() else { return };
    // Some 60 ms compiled, 4 s where the compiler got no memory.
    let bundle = "export default () => {
        const started = performance.now(), step = (a, b) => a * 3 + b;
        let sum = 0;
        for (let i = 0; i < 1e8; i++) sum = step(i, sum) | 0;
        return new Response(performance.now() - started); }";
    let mut worker = Worker::start(&Setup::of(who), bundle);
    let taken: f64 = worker.text("/").parse().expect("a number");
    assert!(taken < 1000.0, "{taken} ms");
}

#[test]
fn running_out_of_address_space_is_an_exception() {
    for who in Who::all() {
        let bundle = "export default () => {
            const all = [];
            try { for (let i = 0; i < 64; i++) all.push(Buffer.allocUnsafe(1 << 29)); } catch (error) { return new Response(`${error.name} after ${all.length < 8}`); }
            return new Response('none'); }";
        let mut worker = Worker::start(&Setup::of(who), bundle);
        for _ in 0..2 {
            assert_eq!(worker.text("/"), "RangeError after true", "{who:?}");
        }
    }
}
