//! Which modules can be imported, and what is global without being imported.

use crate::host::{Host, get, text};

#[test]
fn globals_of_node_are_there_without_an_import_and_are_those_of_the_modules() {
    let mut host = Host::serving(
        "export default async () => { const before = [Buffer, process, global === globalThis, setImmediate];
            const [b, p, t] = [await import('node:buffer'), await import('node:process'), await import('node:timers')];
            return Response.json([before[0] === b.Buffer, before[1] === p.default, before[2], before[3] === t.setImmediate, process.env.GREETING]) }",
    );
    assert_eq!(text(&host.ask(get(1, "/"))), r#"[true,true,true,true,"hi"]"#);
}

#[test]
fn globals_of_node_can_be_replaced() {
    let mut host = Host::serving(
        "globalThis.process = { mine: true }; export default () => Response.json(process)",
    );
    assert_eq!(text(&host.ask(get(1, "/"))), r#"{"mine":true}"#);
}

#[test]
fn the_environment_is_in_the_process_while_the_module_is_evaluated() {
    let mut host = Host::serving(
        "const greeting = process.env.GREETING; export default () => new Response(greeting)",
    );
    assert_eq!(text(&host.ask(get(1, "/"))), "hi");
}

#[test]
fn what_the_modules_are_made_of_is_nobody_elses() {
    for name in ["node:internal", "node:internal/bytes", "node:fs", "web:url", "fs", "./x.js"] {
        let mut host =
            Host::loading(&format!("import {name:?}; export default () => new Response()"));
        let message = host.failure().message;
        assert!(message.contains("must be bundled into it"), "{name}: {message}");
    }
}

#[test]
fn promises_are_as_the_engine_has_them_unless_async_hooks_is_imported() {
    let source = |import: &str| {
        format!("{import} const own = Object.getOwnPropertyDescriptor(Promise.prototype, 'constructor');
            export default () => new Response(String('value' in own))")
    };
    assert_eq!(text(&Host::serving(&source("")).ask(get(1, "/"))), "true");
    assert_eq!(
        text(&Host::serving(&source("import 'node:async_hooks';")).ask(get(1, "/"))),
        "false"
    );
}
