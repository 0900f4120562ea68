//! What rolldown found, as problems in the user's files.

use std::path::Path;

use rolldown_error::{BuildDiagnostic, DiagnosticOptions, EventKind};

use crate::advice::advice;
use crate::imports::{self, Refusals};
use crate::place::Place;
use crate::project::Project;
use crate::{Problem, Target};

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
        place.problem(&path, self.project.relative(&path), message)
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
