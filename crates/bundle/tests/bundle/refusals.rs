//! What is refused, where, and with which words.

use std::path::Path;

use bunbase_bundle::{BundleError, MAX_BUNDLE, Target, bundle};

use crate::project::project;

#[test]
fn a_syntax_error_is_shown_in_the_users_source() {
    let error = project(&[("index.ts", "type A = 1;\n\nconst x = ;\n")]).error();
    let expected = "index.ts:3:11: Unexpected token\n  3 | const x = ;\n    |           ^";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_syntax_error_in_an_imported_file_names_that_file() {
    let files = [("index.ts", r#"import "./src/b";"#), ("src/b.ts", "let a: = 1;")];
    assert_eq!(project(&files).headlines(), ["src/b.ts:1:8: Unexpected token"]);
}

#[test]
fn columns_count_characters() {
    let problems = project(&[("index.ts", "\u{feff}let é世 = '😀'; let y = ;\r\n")]).problems();
    assert_eq!((problems[0].line, problems[0].column), (Some(1), Some(24)));
    assert_eq!(problems[0].source_line.as_deref(), Some("let é世 = '😀'; let y = ;"));
}

#[test]
fn a_package_that_is_not_installed_comes_with_the_command_that_installs_it() {
    let source =
        "import a from \"left-pad\";\nexport { b } from \"@scope/b/deep\";\nexport default a;";
    let expected = [
        r#"index.ts:1:15: package "left-pad" is not installed: run npm install left-pad"#,
        r#"index.ts:2:19: package "@scope/b" is not installed: run npm install @scope/b"#,
    ];
    assert_eq!(project(&[("index.ts", source)]).headlines(), expected);
}

#[test]
fn a_package_that_is_required_but_not_installed_is_refused() {
    let source = "const a = require('left-pad'); export default a;";
    let expected =
        r#"index.ts:1:19: package "left-pad" is not installed: run npm install left-pad"#;
    assert_eq!(project(&[("index.ts", source)]).headlines(), [expected]);
}

#[test]
fn an_installed_package_without_the_path_is_told_from_one_that_is_not_installed() {
    let headlines = project(&[
        ("index.ts", r#"import "a/deep";"#),
        ("node_modules/a/package.json", r#"{ "exports": "./index.js" }"#),
        ("node_modules/a/index.js", ""),
    ])
    .headlines();
    let expected = r#"index.ts:1:8: the installed package "a" has no "a/deep" to import"#;
    assert_eq!(headlines, [expected]);
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    let expected = r#"index.ts:1:8: cannot find "./gone""#;
    assert_eq!(project(&[("index.ts", r#"import "./gone";"#)]).headlines(), [expected]);
}

#[test]
fn a_missing_export_is_refused() {
    let headlines = project(&[
        ("index.ts", "import { gone } from \"./a.js\";\nexport default gone;"),
        ("a.js", "export const here = 1;"),
    ])
    .headlines();
    assert_eq!(headlines, [r#"index.ts:1:10: "gone" is not exported by "a.js""#]);
}

#[test]
fn a_missing_export_between_typescript_files_may_be_a_type() {
    let files = [("index.ts", "export { T } from \"./a\";"), ("a.ts", "export type T = 1;")];
    let expected = r#"index.ts:1:10: "T" is not exported by "a.ts"; if it is a type, write `type` before its name"#;
    assert_eq!(project(&files).headlines(), [expected]);
}

#[test]
fn modules_of_node_and_bun_are_refused_for_quickjs() {
    let source = "import \"node:fs\";\nimport \"fs\";\nawait import(\"bun:sqlite\");";
    let advice = r#"is not there in the quickjs runtime; use runtime = "bun""#;
    let expected = [
        format!(r#"index.ts:1:8: "node:fs" {advice}"#),
        format!(r#"index.ts:2:8: "fs" {advice}"#),
        format!(r#"index.ts:3:14: "bun:sqlite" {advice}"#),
    ];
    assert_eq!(project(&[("index.ts", source)]).headlines(), expected);
}

#[test]
fn a_module_of_node_inside_of_a_package_is_refused_for_quickjs() {
    let headlines = project(&[
        ("index.ts", r#"import "a";"#),
        ("node_modules/a/index.js", "const fs = require('fs'); module.exports = fs;"),
    ])
    .headlines();
    let expected = r#"node_modules/a/index.js:1:20: "fs" is not there in the quickjs runtime; use runtime = "bun""#;
    assert_eq!(headlines, [expected]);
}

#[test]
fn addresses_are_refused_for_both_runtimes() {
    let project = project(&[("index.ts", r#"import "https://example.org/a.js";"#)]);
    let expected =
        r#""https://example.org/a.js" cannot be imported: only files and npm packages can"#;
    let for_bun = project.bundle_for(Target::Bun).unwrap_err().to_string();
    assert!(for_bun.contains(expected), "{for_bun}");
    assert_eq!(project.headlines(), [format!("index.ts:1:8: {expected}")]);
}

#[test]
fn decorators_of_the_standard_are_refused_for_quickjs() {
    let source = "const d = (..._: any[]): any => {};\n@d class A {\n  m(@d x: number) {}\n}\nexport default A;";
    let problems = project(&[("index.ts", source)]).problems();
    let places: Vec<_> = problems.iter().map(|problem| (problem.line, problem.column)).collect();
    assert_eq!(places, [(Some(2), Some(1)), (Some(3), Some(5))]);
    assert!(problems[0].message.contains("experimentalDecorators"));
}

#[test]
fn all_files_problems_are_reported_at_once_and_in_order() {
    let headlines = project(&[
        ("index.ts", "import \"./b\";\nimport \"./a\";\nimport \"./gone\";\nimport \"left-pad\";"),
        ("a.ts", "import \"left-pad\";"),
        ("b.ts", "let = ;"),
    ])
    .headlines();
    let places: Vec<_> = headlines.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["a.ts:1:8", "b.ts:1:7", "index.ts:3:8", "index.ts:4:8"]);
}

#[test]
fn broken_json_is_shown_where_it_breaks() {
    let files = [
        ("index.ts", r#"import a from "./a.json"; export default a;"#),
        ("a.json", "{\n  \"a\": ,\n}"),
    ];
    assert!(project(&files).headlines()[0].starts_with("a.json:2:8: "));
}

#[test]
fn a_broken_tsconfig_is_named() {
    let files = [("index.ts", "export default 1"), ("tsconfig.json", "{")];
    let message = project(&files).error().to_string();
    assert!(message.starts_with("Failed to load tsconfig 'tsconfig.json': "), "{message}");
}

#[test]
fn an_import_of_what_is_not_text_is_refused_where_it_is_imported() {
    let project = project(&[("index.ts", r#"import a from "./a.png"; export default a;"#)]);
    std::fs::write(project.dir().join("a.png"), b"\x89PNG\xff").unwrap();
    assert!(project.headlines()[0].starts_with("index.ts:1:15: Could not load a.png"));
}

#[test]
fn a_line_too_long_to_read_is_not_quoted() {
    let source = format!("{}const x = ;", "let a = 1; ".repeat(1_000));
    let problem = &project(&[("index.ts", &source)]).problems()[0];
    assert_eq!((problem.column, problem.source_line.as_deref()), (Some(11_011), None));
}

#[test]
fn a_bundle_over_the_bound_is_refused_with_its_size() {
    let source = format!("export default '{}';", "x".repeat(MAX_BUNDLE));
    let error = project(&[("index.ts", &source)]).error();
    assert!(matches!(error, BundleError::TooLarge { size } if size > MAX_BUNDLE), "{error}");
}

#[test]
fn entries_that_are_no_files_are_refused() {
    let project = project(&[("src/a.ts", "")]);
    let refused = |entry| bundle(project.dir(), Path::new(entry), Target::QuickJs).unwrap_err();
    assert!(matches!(refused("gone.ts"), BundleError::EntryMissing(_)));
    assert!(matches!(refused("src"), BundleError::EntryNotAFile(_)));
    assert!(matches!(refused("."), BundleError::EntryNotAFile(_)));
    std::fs::write(project.dir().join("binary.ts"), b"\xff").unwrap();
    assert!(matches!(refused("binary.ts"), BundleError::EntryUnreadable { .. }));
}

#[test]
fn a_project_that_is_not_there_is_refused() {
    let error = bundle(Path::new("/nowhere/at/all"), Path::new("a.ts"), Target::Bun).unwrap_err();
    assert_eq!(error.to_string(), "cannot open the project /nowhere/at/all");
}
