//! Bundles that can't be loaded, each with a sentence that says why.

use std::io::{Seek, SeekFrom, Write, pipe};

use bunbase_wire::worker::{Failure, FailureCode, FromWorker};

use crate::host::{Host, bundle, get, load, text};

fn failure(source: &str) -> Failure {
    let mut host = Host::loading(source);
    let failure = host.failure();
    assert_eq!((failure.id, failure.code), (None, FailureCode::LoadFailed));
    assert_eq!(host.logs, [], "it is said once");
    assert_eq!(host.exit_code(), Some(1));
    failure
}

#[test]
fn a_syntax_error_says_where_it_is() {
    let failure = failure("export default {\n  fetch( {");
    assert!(failure.message.starts_with("SyntaxError: "), "{}", failure.message);
    assert!(failure.stack.expect("a stack").contains("hello.js:2"));
}

#[test]
fn a_throw_at_the_top_level_fails_the_load_with_its_stack() {
    let failure = failure("function f() { throw new TypeError('no') }\nf(); export default f");
    assert_eq!(failure.message, "TypeError: no");
    assert!(failure.stack.expect("a stack").contains("at f (hello.js:1:"));
}

#[test]
fn a_rejected_top_level_await_fails_the_load() {
    assert_eq!(failure("await Promise.reject(new Error('later'))").message, "Error: later");
}

#[test]
fn a_module_without_a_handler_is_told_what_is_missing() {
    let failure = failure("export const x = 1; export default { fetch: 1 }");
    assert!(failure.message.contains("no handler"), "{}", failure.message);
}

#[test]
fn an_import_says_that_a_bundle_is_one_file() {
    for source in ["import x from 'lodash'", "import 'std'", "await import('os')"] {
        let failure = failure(source);
        assert!(failure.message.contains("a bundle is one file"), "{}", failure.message);
    }
}

#[test]
fn a_module_that_awaits_what_never_happens_fails_at_once() {
    let failure = failure("await new Promise(() => {}); export default () => {}");
    assert!(failure.message.contains("never happens"), "{}", failure.message);
}

#[test]
fn a_module_that_runs_for_ever_is_interrupted() {
    let failure = failure("for (;;);");
    assert!(failure.message.contains("10s"), "{}", failure.message);
}

#[test]
fn a_module_that_waits_for_too_long_fails() {
    let failure = failure("await new Promise((ok) => setTimeout(ok, 60_000))");
    assert!(failure.message.contains("10s"), "{}", failure.message);
}

#[test]
fn a_bundle_beyond_the_memory_limit_fails_to_load() {
    let mut host = Host::start(bundle("const all = []; for (;;) all.push(new Uint8Array(1e6))"));
    host.send(&load(16 << 20));
    assert_eq!(host.failure().message, "InternalError: out of memory");
    assert_eq!(host.exit_code(), Some(bunbase_jail::EXHAUSTED));
}

#[test]
fn a_bundle_that_is_no_text_fails_to_load() {
    let mut host = Host::start(bundle([0xff, 0xfe]));
    host.send(&load(64 << 20));
    assert!(host.failure().message.contains("not UTF-8"));
}

#[test]
fn a_bundle_of_more_than_ten_mebibytes_fails_to_load() {
    let mut host = Host::start(bundle(vec![b' '; (10 << 20) + 1]));
    host.send(&load(64 << 20));
    assert!(host.failure().message.contains("more than 10485760 bytes"));
}

#[test]
fn a_bundle_is_read_from_its_start_wherever_its_offset_is() {
    let mut file = bundle("export default () => new Response('whole')");
    file.seek(SeekFrom::End(0)).expect("a file");
    let mut host = Host::start(file);
    host.send(&load(64 << 20));
    assert!(matches!(host.next(), FromWorker::Ready(_)));
    assert_eq!(text(&host.ask(get(1, "/"))), "whole");
}

#[test]
fn a_bundle_may_come_through_a_pipe() {
    let (reader, mut writer) = pipe().expect("a pipe");
    writer.write_all(b"export default () => new Response('piped')").expect("room");
    drop(writer);
    let mut host = Host::start(reader);
    host.send(&load(64 << 20));
    assert!(matches!(host.next(), FromWorker::Ready(_)));
    assert_eq!(text(&host.ask(get(1, "/"))), "piped");
}
