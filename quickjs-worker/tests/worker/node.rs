//! The `node:` modules, by what expressions are worth.

mod asserting;
mod buffer;
mod context;
mod crypto;
mod events;
mod loading;
mod texts;
mod timing;

use serde_json::Value;

use crate::host::{Host, post, text};

/// Answers with the value of the expression in the body, or the name of what it throws. All modules are imported.
const EVALUATE: &str = "import * as assert from 'node:assert'; import * as async_hooks from 'node:async_hooks';
    import * as buffer from 'node:buffer'; import * as crypto from 'node:crypto'; import * as diagnostics_channel from 'node:diagnostics_channel';
    import * as events from 'node:events'; import * as path from 'node:path'; import * as process from 'node:process';
    import * as querystring from 'node:querystring'; import * as stream from 'node:stream'; import * as string_decoder from 'node:string_decoder';
    import * as timers from 'node:timers'; import * as timers_promises from 'node:timers/promises';
    import * as url from 'node:url'; import * as util from 'node:util';
    const modules = { assert, async_hooks, buffer, crypto, diagnostics_channel, events, path, process, querystring, stream, string_decoder,
        timers, timers_promises, url, util };
    const Async = (async () => {}).constructor;
    export default async (r) => { const source = await r.text();
        try { return Response.json(await new Async(...Object.keys(modules), 'return (' + source + ')')(...Object.values(modules)) ?? null) }
        catch (e) { return Response.json('throws ' + (e.code ?? e.name + ' ' + e.message)) } }";

fn assert_values(cases: &[(&str, Value)]) {
    let mut host = Host::serving(EVALUATE);
    for (id, (expression, expected)) in (1..).zip(cases) {
        let response = host.ask(post(id, *expression));
        let value: Value = serde_json::from_str(text(&response)).expect("JSON");
        assert_eq!(&value, expected, "{expression}");
    }
}
