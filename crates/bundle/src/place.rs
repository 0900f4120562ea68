//! A place in one of the user's files, and the line that is there.

use std::path::{Path, PathBuf};

use crate::Problem;

/// A longer line (somebody's minified file) isn't quoted.
const LONGEST_QUOTE: usize = 400;

/// Nor is a line of a longer file than this: no source is that long.
const LONGEST_FILE: u64 = 16 << 20;

/// Where something is, as rolldown and source maps say it.
pub(crate) struct Place<'a> {
    /// Relative to the project unless it can't be.
    pub(crate) file: &'a str,
    /// The first is 1.
    pub(crate) line: usize,
    /// In units of UTF-16, the first is 0.
    pub(crate) column_utf16: usize,
}

impl Place<'_> {
    /// A problem there: the file is at `path`, and shown as `shown`.
    pub(crate) fn problem(&self, path: &Path, shown: PathBuf, message: String) -> Problem {
        let text = line_of(path, self.line);
        let column = text.as_deref().map(|text| characters(text, self.column_utf16) + 1);
        Problem {
            file: Some(shown),
            line: u32::try_from(self.line).ok(),
            column: column.and_then(|column| u32::try_from(column).ok()),
            message,
            source_line: text.filter(|text| text.len() <= LONGEST_QUOTE),
        }
    }
}

/// A problem at a place that a stack names: `file` relative to `dir`, `line` and `column` (in units of UTF-16) counted from 1.
/// None if there is no such file in `dir`, or no such line in it: what a stack says is a function's word.
#[must_use]
pub fn problem_at(
    dir: &Path,
    file: &str,
    line: u32,
    column: u32,
    message: &str,
) -> Option<Problem> {
    let dir = dir.canonicalize().ok()?;
    let path = dir.join(file).canonicalize().ok()?;
    let shown = path.strip_prefix(&dir).ok()?.to_owned();
    let about = path.metadata().ok()?;
    if !about.is_file() || about.len() > LONGEST_FILE {
        return None;
    }
    let column_utf16 = column.checked_sub(1)? as usize;
    let place = Place { file, line: line as usize, column_utf16 };
    let problem = place.problem(&path, shown, message.to_owned());
    problem.source_line.is_some().then_some(problem)
}

/// The text of a line, numbered from 1. Only `\n` ends a line, and a byte order mark is none of its characters,
/// as rolldown has it.
fn line_of(path: &Path, number: usize) -> Option<String> {
    let source = std::fs::read_to_string(path).ok()?;
    let text = source.strip_prefix('\u{feff}').unwrap_or(&source);
    let line = text.split('\n').nth(number.checked_sub(1)?)?;
    Some(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// How many characters the first `utf16` units of a line are.
fn characters(line: &str, utf16: usize) -> usize {
    let ends = line.chars().scan(0, |end, character| {
        *end += character.len_utf16();
        Some(*end)
    });
    ends.take_while(|&end| end <= utf16).count()
}

#[cfg(test)]
mod tests {
    use super::problem_at;

    #[test]
    fn a_line_of_a_file_in_the_folder_is_quoted_and_no_other() {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("f");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("a.ts"), "const a = 1;\nthrow new Error('😀');\n").unwrap();
        std::fs::write(outer.path().join("secret"), "not for you").unwrap();
        let shown = problem_at(&dir, "a.ts", 2, 7, "here").map(|problem| problem.to_string());
        let expected = "a.ts:2:7: here\n  2 | throw new Error('😀');\n    |       ^";
        assert_eq!(shown.as_deref(), Some(expected));
        let others = [("../secret", 1), ("/etc/passwd", 1), ("b.ts", 1), ("a.ts", 9), (".", 1)];
        assert!(others.iter().all(|(file, line)| problem_at(&dir, file, *line, 1, "").is_none()));
    }
}
