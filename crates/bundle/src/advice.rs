//! What is wrong with an import, and what to do about it.

use std::path::Path;

use bunbase_wire::worker::NODE_MODULES;
use nodejs_built_in_modules::is_nodejs_builtin_module;

use crate::Target;

/// The name by which the bundle imports a module that the runtime itself has.
pub(crate) fn provided(specifier: &str, target: Target) -> Option<String> {
    match target {
        Target::Bun => is_builtin(specifier).then(|| specifier.to_owned()),
        Target::QuickJs => {
            let name = specifier.strip_prefix("node:").unwrap_or(specifier);
            NODE_MODULES.contains(&name).then(|| format!("node:{name}"))
        }
    }
}

fn is_builtin(specifier: &str) -> bool {
    let is_prefixed = ["node:", "bun:"].iter().any(|prefix| specifier.starts_with(prefix));
    is_prefixed || specifier == "bun" || is_nodejs_builtin_module(specifier)
}

/// What to say about an import that doesn't resolve.
pub(crate) fn advice(specifier: &str, importer: &Path, target: Target) -> String {
    if target == Target::QuickJs && is_builtin(specifier) {
        let instead = r#"use runtime = "bun""#;
        return format!(r#""{specifier}" is not there in the quickjs runtime; {instead}"#);
    }
    if specifier.contains(':') {
        return format!(r#""{specifier}" cannot be imported: only files and npm packages can"#);
    }
    match package(specifier) {
        None => format!(r#"cannot find "{specifier}""#),
        Some(name) if is_installed(name, importer) => {
            format!(r#"the installed package "{name}" has no "{specifier}" to import"#)
        }
        Some(name) => format!(r#"package "{name}" is not installed: run npm install {name}"#),
    }
}

/// The package's name in `name/path` or `@scope/name/path`. None in a path, in what only a tsconfig explains
/// (`@/x`), in what no package is called: the name ends up in a command that is there to be copied.
fn package(specifier: &str) -> Option<&str> {
    let slashes = usize::from(specifier.starts_with('@'));
    let end = specifier.match_indices('/').nth(slashes).map(|(at, _)| at);
    let name = &specifier[..end.unwrap_or(specifier.len())];
    let is_name = match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(a, b)| is_word(a) && is_word(b)),
        None => is_word(name),
    };
    is_name.then_some(name)
}

fn is_word(part: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    part.bytes().all(is_allowed) && part.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn is_installed(name: &str, importer: &Path) -> bool {
    importer.ancestors().skip(1).any(|dir| dir.join("node_modules").join(name).is_dir())
}

#[cfg(test)]
mod tests {
    use super::package;

    #[test]
    fn the_name_of_a_package_ends_before_its_path() {
        let names = ["a", "a/b/c.js", "@a/b", "@a/b/c"].map(package);
        assert_eq!(names, [Some("a"), Some("a"), Some("@a/b"), Some("@a/b")]);
    }

    #[test]
    fn what_is_no_name_is_not_put_into_a_command() {
        let others = ["", "./a", "/a", "#a", "~/a", "@/a", "@a", "a;b", "-g", "a b", "a\u{1b}[2J"];
        assert_eq!(others.map(package), [None; 11]);
    }
}
