//! What a function may look like, and what its handler is given.

use crate::host::{Host, get, text};

fn answer(source: &str) -> String {
    let mut host = Host::serving(source);
    text(&host.ask(get(1, "/a?b=c"))).to_owned()
}

#[test]
fn an_object_with_fetch_is_a_handler_and_is_its_this() {
    let source =
        "export default { name: 'x', fetch(r) { return new Response(this.name + r.url) } }";
    assert_eq!(answer(source), "xhttp://hello.example/a?b=c");
}

#[test]
fn an_instance_with_fetch_is_a_handler() {
    let source = "class App { fetch() { return new Response('app') } } export default new App()";
    assert_eq!(answer(source), "app");
}

#[test]
fn a_default_function_is_a_handler() {
    assert_eq!(answer("export default function handler() { return new Response('f') }"), "f");
}

#[test]
fn a_function_named_handler_is_a_handler() {
    assert_eq!(answer("export async function handler(r) { return new Response(r.method) }"), "GET");
}

#[test]
fn a_function_with_fetch_on_it_is_called_by_its_fetch() {
    let source = "const f = () => new Response('f'); f.fetch = () => new Response('fetch'); export default f";
    assert_eq!(answer(source), "fetch");
}

#[test]
fn a_promise_and_a_thenable_are_awaited() {
    assert_eq!(answer("export default async () => { await 1; return new Response('p') }"), "p");
    assert_eq!(answer("export default () => ({ then(ok) { ok(new Response('t')) } })"), "t");
}

#[test]
fn env_is_frozen_and_has_the_variables() {
    let source = "export default (r, env) => { try { env.X = 1 } catch {} ;
        return new Response(env.GREETING + env.X + Object.isFrozen(env)) }";
    assert_eq!(answer(source), "hiundefinedtrue");
}

#[test]
fn the_invocation_has_the_id_of_the_request() {
    assert_eq!(answer("export default (r, e, ctx) => new Response(ctx.invocationId)"), "request-1");
}

#[test]
fn top_level_await_is_over_before_the_first_invocation() {
    let source = "const x = await new Promise((ok) => setTimeout(() => ok('slept'), 20));
        export default () => new Response(x)";
    assert_eq!(answer(source), "slept");
}

#[test]
fn state_lives_from_one_invocation_to_the_next() {
    let mut host = Host::serving("let n = 0; export default () => new Response(String(++n))");
    assert_eq!(text(&host.ask(get(1, "/"))), "1");
    assert_eq!(text(&host.ask(get(2, "/"))), "2");
}

#[test]
fn a_function_that_breaks_map_is_answered_all_the_same() {
    let mut host = Host::serving(
        "for (const name of ['get', 'set', 'delete', 'has']) delete Map.prototype[name];
        export default () => new Promise((resolve) =>
            setTimeout(() => resolve(new Response('x', { headers: { 'x-a': 'b' } })), 1))",
    );
    assert_eq!(text(&host.ask(get(1, "/"))), "x");
    assert_eq!(text(&host.ask(get(2, "/"))), "x");
}
