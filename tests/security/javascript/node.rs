//! The twin of the imports: Node, which nothing keeps from them.

use std::process::Command;

use super::arena::SECRET;

fn node(code: &str) -> String {
    let output = Command::new("node").args(["--input-type=module", "-e", code]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn the_imports_that_are_refused_work_where_nobody_refuses_them() {
    let folder = tempfile::tempdir().unwrap();
    let canary = folder.path().join("canary.mjs");
    std::fs::write(&canary, format!("export default '{SECRET}';\n")).unwrap();
    let canary = canary.to_str().unwrap();
    for (specifier, seen) in [
        (canary.to_owned(), SECRET),
        (format!("file://{canary}"), SECRET),
        ("data:text/javascript,export default 'canary'".to_owned(), "canary"),
    ] {
        assert_eq!(node(&format!("console.log((await import({specifier:?})).default)")), seen);
    }
    let read =
        format!("import fs from 'node:fs'; console.log(fs.readFileSync({canary:?}, 'utf8'))");
    assert!(node(&read).contains(SECRET));
    let ran = format!(
        "import {{ execFileSync }} from 'node:child_process'; console.log(String(execFileSync('cat', [{canary:?}])))"
    );
    assert!(node(&ran).contains(SECRET));
    assert_eq!(
        node("console.log(process.env.PATH !== undefined, typeof process.kill)"),
        "true function"
    );
}
