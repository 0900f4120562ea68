//! What is in a bundle.

use std::path::Path;
use std::process::Command;

use bunbase_bundle::{Target, bundle};

use crate::project::project;

#[test]
fn types_and_enums_compile_away() {
    let source = "
        interface Named { name: string }
        enum Color { Red, Green = 5 }
        const enum Size { Big = 3 }
        export default (it: Named): string => `${it.name} ${Color.Green} ${Size.Big}` satisfies string;
    ";
    let code = project(&[("index.ts", source)]).bundle().code;
    assert!(code.contains("${5} ${3}"), "{code}");
    assert!(!code.contains("interface") && !code.contains("Named"), "{code}");
}

#[test]
fn decorators_compile_away_when_the_tsconfig_asks_for_typescripts() {
    let tsconfig = r#"{ "compilerOptions": { "experimentalDecorators": true } }"#;
    let source =
        "function d(..._: any[]): any {}\nexport default @d class A { @d m(@d x: number) {} }";
    let code = project(&[("index.ts", source), ("tsconfig.json", tsconfig)]).bundle().code;
    assert!(code.contains("__decorate(") && !code.contains("@d "), "{code}");
}

#[test]
fn default_export_keeps_its_name() {
    let code = project(&[("index.ts", "export default function handler() {}")]).bundle().code;
    assert!(code.ends_with("export { handler as default };"), "{code}");
}

#[test]
fn packages_of_both_module_systems_are_included_and_unused_exports_are_not() {
    let code = project(&[
        ("index.ts", r#"import { a } from "esm"; import b from "cjs"; export default [a, b];"#),
        ("node_modules/esm/package.json", r#"{ "type": "module", "exports": "./a.js" }"#),
        ("node_modules/esm/a.js", "export const a = 'from esm'; export const c = 'not used';"),
        ("node_modules/cjs/package.json", r#"{ "main": "lib/b.js" }"#),
        ("node_modules/cjs/lib/b.js", "module.exports = 'from cjs';"),
    ])
    .bundle()
    .code;
    assert!(code.contains("from esm") && code.contains("from cjs"), "{code}");
    assert!(!code.contains("not used") && !code.contains("import "), "{code}");
}

#[test]
fn packages_give_each_runtime_what_they_have_for_it() {
    let exports = r#"{ "exports": { "bun": "./b.js", "worker": "./w.js", "default": "./d.js" } }"#;
    let project = project(&[
        ("index.ts", r#"import a from "a"; export default a;"#),
        ("node_modules/a/package.json", exports),
        ("node_modules/a/b.js", "export default 'for bun'"),
        ("node_modules/a/w.js", "export default 'for workers'"),
        ("node_modules/a/d.js", "export default 'for all'"),
    ]);
    assert!(project.bundle().code.contains("for workers"));
    assert!(project.bundle_for(Target::Bun).unwrap().code.contains("for bun"));
}

#[test]
fn dynamic_imports_end_up_in_the_one_file() {
    let code = project(&[
        ("index.ts", r#"export default async () => [await import("./a"), await import("./b")];"#),
        ("a.ts", r#"export default "lazy a";"#),
        ("b.ts", r#"export default "lazy b";"#),
    ])
    .bundle()
    .code;
    assert!(code.contains("lazy a") && code.contains("lazy b"), "{code}");
    assert!(!code.contains("import("), "{code}");
}

#[test]
fn json_and_paths_of_the_tsconfig_are_found() {
    let code = project(&[
        (
            "index.ts",
            r#"import { x } from "@/x"; import d from "./d.json"; export default [x, d];"#,
        ),
        ("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }"#),
        ("src/x.ts", "export const x = 'by path';"),
        ("d.json", r#"{ "k": "by json" }"#),
    ])
    .bundle()
    .code;
    assert!(code.contains("by path") && code.contains("by json"), "{code}");
}

#[test]
fn the_tsconfig_counts_whatever_files_it_includes() {
    let tsconfig =
        r#"{ "include": ["*.ts"], "compilerOptions": { "experimentalDecorators": true } }"#;
    let source = "const d = (it: any): any => it;\nexport default @d class A {}";
    let code = project(&[("index.ts", source), ("tsconfig.json", tsconfig)]).bundle().code;
    assert!(code.contains("__decorate("), "{code}");
}

#[test]
fn an_index_at_the_root_imports_and_is_imported_like_any_file() {
    let code = project(&[
        (
            "index.ts",
            r##"import "./src/a"; import b from "#b"; import c from "c"; export default [b, c];"##,
        ),
        ("package.json", r##"{ "type": "module", "imports": { "#b": "./src/b.js" } }"##),
        ("src/a.ts", r#"import it from ".."; globalThis.same = () => it;"#),
        ("src/b.js", "export default 'by name'"),
        ("node_modules/c/index.js", "exports.__esModule = true; exports.default = 'by package';"),
    ])
    .bundle()
    .code;
    assert!(code.contains("by name") && code.contains("by package"), "{code}");
    assert_eq!(code.matches("//#region index.ts\n").count(), 1, "{code}");
    assert!(code.contains("index_default") && code.contains(", 1)"), "{code}");
}

#[test]
fn newer_syntax_is_rewritten_for_quickjs() {
    let source = "export default (it: Disposable) => { using held = it; }";
    let project = project(&[("index.ts", source)]);
    assert!(!project.bundle().code.contains("using held"));
    assert!(project.bundle_for(Target::Bun).unwrap().code.contains("using held"));
}

#[test]
fn nodes_modules_stay_imports_for_bun() {
    let source = r#"
        import a from "fs"; import b from "node:path"; import { Database as c } from "bun:sqlite";
        export default [a, b, c];
    "#;
    let code = project(&[("index.ts", source)]).bundle_for(Target::Bun).unwrap().code;
    for specifier in ["fs", "node:path", "bun:sqlite"] {
        assert!(code.contains(&format!(r#"from "{specifier}""#)), "{code}");
    }
}

#[test]
fn an_installed_package_stands_in_for_a_module_of_node_that_quickjs_has_not() {
    let code = project(&[
        ("index.ts", r#"import os from "os"; export default os;"#),
        ("node_modules/os/index.js", "module.exports = 'os of npm';"),
    ])
    .bundle()
    .code;
    assert!(code.contains("os of npm"), "{code}");
}

#[test]
fn the_modules_that_quickjs_has_stay_imports_under_one_name() {
    let code = project(&[
        ("index.ts", r#"import a from "events"; import b from "node:util"; import c from "c"; export default [a, b, c];"#),
        ("node_modules/c/index.js", "exports.path = require('path'); exports.types = require('node:util/types');"),
        ("node_modules/events/index.js", "module.exports = 'events of npm';"),
    ])
    .bundle()
    .code;
    for specifier in ["node:events", "node:util", "node:path", "node:util/types"] {
        assert!(code.contains(&format!(r#"from "{specifier}""#)), "{code}");
    }
    assert!(!code.contains("__require(") && !code.contains("of npm"), "{code}");
}

#[test]
fn the_modules_that_quickjs_has_can_be_imported_dynamically_and_exported_again() {
    let source = r#"export * from "util"; export const later = () => import("crypto");"#;
    let code = project(&[("index.ts", source)]).bundle().code;
    assert!(
        code.contains(r#"import("node:crypto")"#) && code.contains(r#"from "node:util""#),
        "{code}"
    );
}

#[test]
fn an_optional_package_that_is_not_installed_is_no_problem() {
    let code = project(&[
        ("index.ts", r#"import a from "a"; export default a;"#),
        ("node_modules/a/index.js", "try { exports.fast = require('fast'); } catch {}"),
    ])
    .bundle()
    .code;
    assert!(code.contains(r#"__require("fast")"#), "{code}");
}

#[test]
fn packages_are_in_production() {
    let code = project(&[
        ("index.ts", r#"import a from "a"; export default a;"#),
        (
            "node_modules/a/index.js",
            "if (process.env.NODE_ENV === 'production') exports.a = 'fast'; else exports.a = 'checked';",
        ),
    ])
    .bundle()
    .code;
    assert!(code.contains("fast") && !code.contains("checked"), "{code}");
}

#[test]
fn an_empty_file_is_an_empty_bundle() {
    assert_eq!(project(&[("index.ts", "")]).bundle().code.trim(), "");
}

#[test]
fn five_megabytes_are_bundled() {
    let source = format!("export default [{}];", "'0123456789',\n".repeat(380_000));
    assert!(project(&[("index.ts", &source)]).bundle().code.len() > 5_000_000);
}

#[test]
fn deep_nesting_finds_its_stack() {
    let source = format!("export default {}0{};", "[".repeat(2_000), "]".repeat(2_000));
    assert!(project(&[("index.ts", &source)]).bundle().code.contains("[0]"));
}

#[test]
fn the_entry_may_be_absolute() {
    let project = project(&[("index.ts", "export default 1")]);
    let absolute = bundle(project.dir(), &project.dir().join("index.ts"), Target::QuickJs).unwrap();
    assert_eq!(absolute, project.bundle());
    let nowhere = bundle(Path::new("/"), &project.dir().join("index.ts"), Target::QuickJs).unwrap();
    assert!(nowhere.code.contains("export { "));
}

#[test]
fn advice_comes_as_warnings_that_name_the_place() {
    let warnings = project(&[("index.ts", "export default eval('1');")]).bundle().warnings;
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].starts_with("index.ts:1:16: Use of direct `eval` in 'index.ts'"));
}

#[tokio::test]
async fn works_inside_of_an_asynchronous_runtime() {
    project(&[("index.ts", "export default 1")]).bundle();
}

/// The other test runs in a process of its own, which asks rolldown to trace itself.
#[test]
fn rolldown_prints_nothing() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "contents::dynamic_imports_end_up_in_the_one_file", "--nocapture"])
        .env("RD_LOG", "trace")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("1 passed") && !stdout.contains("TRACE"), "{stdout}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_files_that_a_bundle_was_made_of_are_listed() {
    let files = [
        (
            "index.ts",
            "import { a } from './src/a.ts'; import data from './data.json'; import x from 'x'; export default [a, data, x];",
        ),
        (
            "src/a.ts",
            "import './side.ts'; import type { T } from './types.ts'; export const a: T = 1; export const unused = 2;",
        ),
        ("src/side.ts", "export {};"),
        ("src/types.ts", "export type T = number;"),
        ("src/other.ts", "export {};"),
        ("data.json", "{}"),
        ("node_modules/x/index.js", "module.exports = 1;"),
    ];
    let bundle = project(&files).bundle();
    let expected = ["data.json", "index.ts", "node_modules/x/index.js", "src/a.ts", "src/side.ts"];
    assert_eq!(bundle.files, expected.map(std::path::PathBuf::from));
}
