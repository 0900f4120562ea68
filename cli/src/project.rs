//! A function's folder: its function.toml, its module, and what becomes of them.

use std::error::Error as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bunbase_bundle::{Bundle, Target, bundle, problem_at};
use bunbase_manifest::{Effective, FILE_NAME, Manifest, Runtime, parse_with_origins};

use crate::args::Globals;
use crate::exit::{Failed, Status};
use crate::output::warn;

/// Modules that are looked for where function.toml names none, in this order.
const ENTRIES: [&str; 6] =
    ["index.ts", "index.js", "index.mts", "index.mjs", "src/index.ts", "src/index.js"];

/// A folder that can be bundled.
#[derive(Debug)]
pub struct Project {
    /// Absolute: its own name is the function's default name.
    pub folder: PathBuf,
    pub manifest: Manifest,
    /// Every setting, and where it comes from.
    pub effective: Vec<Effective>,
}

impl Project {
    /// Reads function.toml, if it is there.
    pub fn open(path: &Path) -> Result<Self, Failed> {
        let folder = folder(path)?;
        let text = text(&folder.join(FILE_NAME))?;
        let entry = ENTRIES.into_iter().find(|entry| folder.join(entry).is_file());
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let parsed = parse_with_origins(&text, name, entry.unwrap_or(ENTRIES[0]));
        let (manifest, effective) =
            parsed.map_err(|error| Failed::new(Status::Usage, error.to_string()))?;
        if folder.join(&manifest.main).is_file() {
            return Ok(Self { folder, manifest, effective });
        }
        let hint = format!("write it, or name another in {FILE_NAME}: main = \"src/handler.ts\"");
        let missing = format!("{} has no {}", folder.display(), manifest.main);
        Err(Failed::new(Status::Usage, missing).hint(hint))
    }

    /// Bundles it.
    pub fn bundle(&self) -> Result<Bundle, Failed> {
        let target = match self.manifest.runtime {
            Runtime::Quickjs => Target::QuickJs,
            Runtime::Bun => Target::Bun,
        };
        bundle(&self.folder, Path::new(&self.manifest.main), target).map_err(|error| {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            Failed::new(Status::Failed, format!("{error}{cause}"))
        })
    }

    /// A failure that names a place in the folder's own files, as stacks do, with the line that is there.
    pub fn quoted(&self, failed: Failed) -> Failed {
        let mut places = failed.message.lines().filter_map(place).peekable();
        let top = places.peek().copied();
        let own = places.find_map(|place| {
            let (file, line, column) = place;
            let what = if top == Some(place) { "thrown here" } else { "called here" };
            let is_own = !Path::new(file).iter().any(|part| part == "node_modules");
            problem_at(&self.folder, file, line, column, what).filter(|_| is_own)
        });
        match own {
            Some(problem) => Failed { message: format!("{}\n{problem}", failed.message), ..failed },
            None => failed,
        }
    }
}

/// The file, line and column of a line of a stack: `at name (file:3:7)` or `at file:3:7`.
fn place(line: &str) -> Option<(&str, u32, u32)> {
    let frame = line.trim().strip_prefix("at ")?;
    let inner = frame.strip_suffix(')').and_then(|frame| frame.rsplit_once(" ("));
    let place = inner.map_or(frame, |(_, place)| place);
    let (rest, column) = place.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some((file, line.parse().ok()?, column.parse().ok()?))
}

/// What a person might want to know.
pub fn warn_of(bundled: &Bundle, globals: &Globals) {
    bundled.warnings.iter().for_each(|warning| warn(globals, &warning.to_string()));
}

/// The folder at a path, absolute.
pub fn folder(path: &Path) -> Result<PathBuf, Failed> {
    let shown = path.display();
    let folder = path.canonicalize().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failed::new(Status::Usage, format!("there is no folder {shown}"))
            .hint("\"bunbase new NAME\" makes one with a function in it"),
        _ => Failed::new(Status::Failed, format!("cannot read {shown}: {error}")),
    })?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let hint = "name the folder that it is in";
    Err(Failed::new(Status::Usage, format!("{shown} is a file")).hint(hint))
}

/// Nothing, if there is no such file.
fn text(path: &Path) -> Result<String, Failed> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => {
            let message = format!("cannot read {}: {error}", path.display());
            Err(Failed::new(Status::Failed, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_line_of_a_stack_names_a_place_and_other_lines_do_not() {
        assert_eq!(place("    at f (src/a b.ts:3:7)"), Some(("src/a b.ts", 3, 7)));
        assert_eq!(place("  at index.ts:1:1"), Some(("index.ts", 1, 1)));
        assert_eq!(place("    at f (a(1).ts:3:7)"), Some(("a(1).ts", 3, 7)));
        for other in ["Error: at a.ts:1:1", "at parse (native)", "at x", "", "at a.ts:1:-1"] {
            assert_eq!(place(other), None, "{other}");
        }
    }
}
