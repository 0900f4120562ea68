//! Modules from anywhere but the bundle.

use super::arena::{Arena, Attack, Family, Scene, is};

pub const FAMILY: Family = Family { name: "imports", attacks: ATTACKS, scenes: SCENES };

/// `import(…)` of an expression: refused in the words for it.
macro_rules! import {
    ($name:literal, $specifier:literal) => {
        Attack {
            name: $name,
            code: concat!("return (await import(", $specifier, ")).default;"),
            seen: "TypeError: import of \"...",
        }
    };
}

const ATTACKS: &[Attack] = &[
    Attack {
        name: "a name that changes once it has been looked at",
        code: "const changing = { n: 0, toString() { return this.n++ ? 'node:internal' : 'node:path'; } }; const got = await import(changing); return [changing.n, 'native' in got, 'sep' in got];",
        seen: "1,false,true",
    },
    import!("a path", "CANARY"),
    import!("a path from here", "'./canary.mjs'"),
    import!("file:", "'file://' + CANARY"),
    import!("data:", "'data:text/javascript,export default 1'"),
    import!("http:", "'http://127.0.0.1:1/x.js'"),
    import!("beside import.meta.url", "new URL('..' + CANARY, import.meta.url).href"),
    import!("as text", "CANARY, { with: { type: 'text' } }"),
    import!("as bytes", "CANARY, { with: { type: 'bytes' } }"),
    import!("node:fs", "'node:fs'"),
    import!("node:child_process", "'node:child_process'"),
    import!("node:net", "'node:net'"),
    import!("node:vm", "'node:vm'"),
    import!("node:internal", "'node:internal'"),
    import!("node:internal/frames", "'node:internal/frames'"),
    import!("bun:ffi", "'bun:ffi'"),
    import!("qjs:os", "'qjs:os'"),
    import!("qjs:std", "'qjs:std'"),
    import!("std, as QuickJS calls it", "'std'"),
    import!("bjson", "'bjson'"),
    Attack {
        name: "blob:",
        code: "return URL.createObjectURL === undefined ? 'no URL for a blob' : (await import(URL.createObjectURL(new Blob(['export default 1'])))).default;",
        seen: "no URL for a blob",
    },
    Attack {
        name: "require, and what it would be made of",
        code: "const found = [typeof require, typeof module, typeof exports, import.meta.require, import.meta.resolve, process.mainModule];
            return found.map((one) => one === undefined ? 'undefined' : one);",
        seen: "undefined,undefined,undefined,undefined,undefined,undefined",
    },
    Attack {
        name: "process beyond what it is here",
        code: "return ['binding', '_linkedBinding', 'dlopen', 'kill', 'exit', 'abort', 'reallyExit', 'chdir', 'setuid', 'getuid', 'report', 'execve', 'getBuiltinModule', 'loadEnvFile', 'permission', 'stdin', 'stdout']
            .filter((name) => process[name] !== undefined);",
        seen: "",
    },
    Attack {
        name: "the daemons' environment and command line",
        code: "return JSON.stringify([process.env, env, process.argv, process.pid, process.cwd(), import.meta.url]);",
        seen: "[{},{},[\"bunbase\",\"function\"],1,\"/\",\"file:///attacker-...",
    },
];

const SCENES: &[Scene] = &[
    Scene {
        name: "import as a statement, of a path",
        play: |arena| as_a_statement(arena, &arena.canary()),
    },
    Scene {
        name: "import as a statement, of node:fs",
        play: |arena| as_a_statement(arena, "node:fs"),
    },
    Scene {
        name: "import as a statement, of node:internal",
        play: |arena| as_a_statement(arena, "node:internal"),
    },
];

/// Refused at the deploy, or else what is deployed does not load.
fn as_a_statement(arena: &Arena, specifier: &str) -> Result<(), String> {
    let name = arena.name();
    let module = format!(
        "import * as got from {specifier:?}; export default () => new Response(Object.keys(got).join());"
    );
    if arena.deploy(&name, &module, "").is_err() {
        return Ok(());
    }
    let answer = arena.suite.get(&format!("/functions/{name}"));
    is(answer.status == 500 && answer.text().contains("\"load_failed\""), || format!("{answer:?}"))
}
