//! What console writes.

use bunbase_wire::worker::{Level, Log};

use crate::host::{Host, get};

/// What one call logs.
fn logged(call: &str) -> Log {
    let mut host =
        Host::serving(&format!("export default () => {{ {call}; return new Response() }}"));
    host.ask(get(1, "/"));
    assert_eq!(host.logs.len(), 1, "{call}");
    host.logs.remove(0)
}

fn written(arguments: &str) -> String {
    logged(&format!("console.log({arguments})")).message
}

#[test]
fn every_method_has_its_level() {
    let methods = [
        ("log", Level::Info),
        ("info", Level::Info),
        ("warn", Level::Warn),
        ("error", Level::Error),
        ("debug", Level::Debug),
        ("trace", Level::Debug),
    ];
    for (method, level) in methods {
        assert_eq!(logged(&format!("console.{method}('x')")).level, level, "{method}");
    }
}

#[test]
fn a_line_names_the_invocation_that_wrote_it() {
    let mut host = Host::serving(
        "export default async (r) => { const ms = r.url.endsWith('/slow') ? 40 : 10; await 1;
            await new Promise((ok) => setTimeout(ok, ms)); await 1; console.log(ms); return new Response() }",
    );
    host.invoke(get(1, "/slow"));
    host.invoke(get(2, "/fast"));
    host.response();
    host.response();
    let lines: Vec<_> = host.logs.iter().map(|log| (log.message.as_str(), log.id)).collect();
    assert_eq!(lines, [("10", Some(2)), ("40", Some(1))]);
}

#[test]
fn strings_are_written_as_they_are_and_values_readably() {
    assert_eq!(
        written("'a\"b', 1, -0, 2n, true, null, undefined, Symbol('s')"),
        "a\"b 1 -0 2n true null undefined Symbol(s)"
    );
    assert_eq!(
        written("{ a: 'x', 'b-c': [1, [2]], d: {} }"),
        "{ a: 'x', 'b-c': [ 1, [ 2 ] ], d: {} }"
    );
    assert_eq!(
        written("new URLSearchParams('a=1&b=2'), new Headers({ A: '1' })"),
        "URLSearchParams { 'a' => '1', 'b' => '2' } Headers { a: '1' }"
    );
}

#[test]
fn cycles_depth_getters_and_proxies_do_no_harm() {
    assert_eq!(
        logged("const a = {}; a.a = a; console.log(a)").message,
        "<ref *1> { a: [Circular *1] }"
    );
    assert_eq!(written("{ get a() { throw 1 } }"), "{ a: [Getter] }");
    assert_eq!(written("new Proxy({}, { ownKeys() { throw 1 } })"), "{}");
    assert_eq!(
        written("{ [Symbol.for('nodejs.util.inspect.custom')]() { throw 1 } }"),
        "[a value that could not be shown]"
    );
}

#[test]
fn counters_timers_and_groups_are_those_of_an_invocation() {
    let mut host = Host::serving(
        "export default async (r) => { console.count(); console.group(); await new Promise((ok) => setTimeout(ok, 20));
            console.log('in\\nside'); console.time('t'); console.groupEnd(); console.timeEnd('x'); return new Response() }",
    );
    host.invoke(get(1, "/"));
    host.invoke(get(2, "/"));
    host.response();
    host.response();
    let of =
        |id| host.logs.iter().filter(move |log| log.id == Some(id)).map(|log| log.message.as_str());
    for id in [1, 2] {
        let lines: Vec<_> = of(id).collect();
        assert_eq!(
            lines,
            ["default: 1", "  in\n  side", "Warning: No such label 'x' for console.timeEnd()"]
        );
    }
}

#[test]
fn errors_are_written_with_their_stack() {
    let message = written("new TypeError('bad')");
    assert!(message.starts_with("TypeError: bad\n    at "), "{message}");
}

#[test]
fn format_specifiers_are_replaced() {
    assert_eq!(written("'%s is %d and %i, %f', 'x', 4.7, 4.7, '4.5'"), "x is 4.7 and 4, 4.5");
    assert_eq!(written("'%j %O %%', { a: 1 }, { b: 2 }, 'rest'"), r#"{"a":1} { b: 2 } % rest"#);
    assert_eq!(written("'%s %s', 1"), "1 %s");
    assert_eq!(written("'100%', 1"), "100% 1");
}

#[test]
fn a_long_line_is_cut_with_a_mark() {
    let message = written("'é'.repeat(10000)");
    assert!(message.len() <= 8192 && message.ends_with("é … (cut)"), "{}", message.len());
    assert!(written("Array(1e5).fill('x'.repeat(500))").len() <= 8192);
}

#[test]
fn a_lone_surrogate_is_written_as_a_replacement() {
    assert_eq!(written("'a\\ud800b'"), "a\u{fffd}b");
}

#[test]
fn a_host_that_does_not_read_costs_no_memory() {
    let mut host = Host::serving(
        "export default () => { for (let i = 0; i < 20000; i++) console.log('x'.repeat(1000)); return new Response('x') }",
    );
    host.invoke(get(1, "/"));
    std::thread::sleep(std::time::Duration::from_millis(800));
    let status = std::fs::read_to_string(format!("/proc/{}/status", host.child.id()))
        .expect("a living process");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kilobytes < 12_000, "{kilobytes} kB");
    assert_eq!(host.response().id, 1);
    assert!(host.logs.len() < 20_000, "{}", host.logs.len());
    let last = host.log();
    assert!(last.message.contains("log lines dropped"), "{}", last.message);
}
