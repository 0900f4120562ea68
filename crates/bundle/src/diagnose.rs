//! What rolldown found, as problems in the user's files.

use std::path::Path;

use rolldown_error::{BuildDiagnostic, DiagnosticOptions, EventKind};

use crate::advice::advice;
use crate::imports::{self, Refusals};
use crate::project::Project;
use crate::{Problem, Target};

/// A longer line (somebody's minified file) isn't quoted.
const LONGEST_QUOTE: usize = 400;

/// Where something is, as rolldown and source maps say it.
pub(crate) struct Place<'a> {
    /// Relative to the project unless it can't be.
    pub(crate) file: &'a str,
    /// The first is 1.
    pub(crate) line: usize,
    /// In units of UTF-16, the first is 0.
    pub(crate) column_utf16: usize,
}

/// Turns rolldown's diagnostics into problems.
pub(crate) struct Diagnose<'a> {
    pub(crate) project: &'a Project,
    pub(crate) target: Target,
    pub(crate) refusals: &'a Refusals,
}

impl Diagnose<'_> {
    /// All problems in the order of files and lines: rolldown's order is that of its threads.
    pub(crate) fn all<'d>(
        &self,
        found: impl IntoIterator<Item = &'d BuildDiagnostic>,
    ) -> Vec<Problem> {
        let mut problems: Vec<_> = found.into_iter().map(|one| self.problem(one)).collect();
        problems.sort();
        problems.dedup();
        problems
    }

    fn problem(&self, found: &BuildDiagnostic) -> Problem {
        let message = self.message(found);
        let options = DiagnosticOptions { cwd: self.project.dir.clone() };
        let place = found.to_diagnostic_with(&options).get_primary_location();
        if let Some((file, line, column_utf16, _)) = place {
            return self.problem_at(&Place { file: &file, line, column_utf16 }, message);
        }
        let file = found.id().map(|id| self.project.relative(Path::new(&id)));
        Problem { file, line: None, column: None, message, source_line: None }
    }

    pub(crate) fn problem_at(&self, place: &Place<'_>, message: String) -> Problem {
        let path = self.project.absolute(place.file);
        let text = line_of(&path, place.line);
        let column = text.as_deref().map(|text| characters(text, place.column_utf16) + 1);
        Problem {
            file: Some(self.project.relative(&path)),
            line: u32::try_from(place.line).ok(),
            column: column.and_then(|column| u32::try_from(column).ok()),
            message,
            source_line: text.filter(|text| text.len() <= LONGEST_QUOTE),
        }
    }

    fn message(&self, found: &BuildDiagnostic) -> String {
        let options = DiagnosticOptions { cwd: self.project.dir.clone() };
        let said = found.to_message_with(&options);
        let said = self.project.without_its_path(&said);
        let message = match found.kind() {
            EventKind::UnresolvedImport | EventKind::ResolveError => self.unresolved(found, said),
            EventKind::UnloadableDependencyError => {
                imports::refusal(&said, self.refusals).unwrap_or(said)
            }
            EventKind::MissingExportError => missing_export(&said, found),
            EventKind::UnhandleableError => unexplained(&said),
            _ => said,
        };
        message.trim_end_matches('.').to_owned()
    }

    fn unresolved(&self, found: &BuildDiagnostic, said: String) -> String {
        match (found.exporter(), found.id()) {
            (Some(specifier), Some(importer)) => {
                advice(&specifier, Path::new(&importer), self.target)
            }
            _ => said,
        }
    }
}

/// The importer's name is left off: the place has it.
fn missing_export(said: &str, found: &BuildDiagnostic) -> String {
    let what = said.rsplit_once(", imported by").map_or(said, |(what, _)| what);
    let files = [found.id(), found.exporter()].map(Option::unwrap_or_default);
    match files.iter().all(|file| is_typescript(file)) {
        true => format!("{what}; if it is a type, write `type` before its name"),
        false => what.to_owned(),
    }
}

fn is_typescript(file: &str) -> bool {
    [".ts", ".mts", ".cts", ".tsx"].iter().any(|end| file.ends_with(end))
}

/// The first line asks to report to rolldown what is most often a file that can't be read.
fn unexplained(said: &str) -> String {
    said.lines().nth(1).unwrap_or(said).to_owned()
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
