//! Modules: what is imported, bundled at deploy and run in the worker.

use bunbase_tests::{Project, Suite};
use serde_json::json;

#[test]
fn json_is_imported() {
    let suite = Suite::start();
    let index = "import data, { name } from './data.json'; export default () => Response.json([name, data.list.length])";
    suite.deploy(
        &Project::new("data", index).file("data.json", r#"{ "name": "x", "list": [1, 2] }"#),
    );
    assert_eq!(suite.get("/functions/data").json(), json!(["x", 2]));
}

#[test]
fn a_module_that_is_imported_dynamically_is_evaluated_when_it_is_imported() {
    let suite = Suite::start();
    let index = "const order = []; globalThis.order = order;
        export default async () => { order.push('before'); const { value } = await import('./later'); return Response.json([order, value]) }";
    let later = "(globalThis as any).order.push('later'); export const value: number = 7;";
    suite.deploy(&Project::new("dynamic", index).file("later.ts", later));
    assert_eq!(suite.get("/functions/dynamic").json(), json!([["before", "later"], 7]));
}

#[test]
fn a_bundle_is_a_file_in_the_root_folder_to_its_import_meta() {
    let suite = Suite::start();
    let index = "import { fileURLToPath } from 'url'; import { dirname } from 'path';
        export default () => Response.json([import.meta.url, import.meta.dirname, import.meta.filename, dirname(fileURLToPath(import.meta.url))])";
    suite.deploy(&Project::new("meta", index));
    assert_eq!(
        suite.get("/functions/meta").json(),
        json!(["file:///meta.js", "/", "/meta.js", "/"])
    );
}

#[test]
fn a_module_may_await_at_its_top_level() {
    let suite = Suite::start();
    let index = "import { value } from './slow'; const twice = await Promise.resolve(value * 2);
        export default () => Response.json(twice)";
    let slow =
        "export const value = await new Promise<number>((done) => setTimeout(() => done(21), 5));";
    suite.deploy(&Project::new("top", index).file("slow.ts", slow));
    assert_eq!(suite.get("/functions/top").json(), json!(42));
}

/// As a package of CommonJS does it, under both names.
#[test]
fn modules_of_node_are_required_by_packages() {
    let suite = Suite::start();
    let old = "const EventEmitter = require('events'), util = require('node:util'); var Buffer = require('buffer').Buffer;
        function Old() { EventEmitter.call(this) } util.inherits(Old, EventEmitter);
        try { exports.fs = require('fast-optional') } catch (e) { exports.missing = true }
        exports.run = (done) => { const o = new Old(); o.on('x', (b) => done(Buffer.from(b).toString('hex'))); o.emit('x', 'ab') };";
    let index = "import old from './old.cjs'; import { EventEmitter } from 'events'; import * as path from 'path';
        export default () => new Promise((done) => old.run((hex: string) => done(Response.json([hex, old.missing, typeof EventEmitter, path.join('a', 'b')]))))";
    suite.deploy(&Project::new("required", index).file("old.cjs", old));
    assert_eq!(suite.get("/functions/required").json(), json!(["6162", true, "function", "a/b"]));
}

#[test]
fn a_module_of_node_that_is_not_there_is_refused_at_deploy_with_what_to_do() {
    let suite = Suite::start();
    let project = Project::new(
        "files",
        "import { readFile } from 'node:fs/promises'; export default () => new Response(typeof readFile)",
    );
    let refused = suite.bunbase(&["deploy", project.path().to_str().unwrap()]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(
        said.contains(
            r#""node:fs/promises" is not there in the quickjs runtime; use runtime = "bun""#
        ),
        "{said}"
    );
}
