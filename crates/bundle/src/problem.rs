//! A problem in the user's sources and how it is shown.

use std::fmt;
use std::path::PathBuf;

use bunbase_wire::text::printable;
use unicode_width::UnicodeWidthChar;

/// A problem in the user's sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the project when it lies in there.
    pub file: Option<PathBuf>,
    /// The line, the first being 1.
    pub line: Option<u32>,
    /// The column in characters (not bytes, nor UTF-16 units), the first being 1.
    pub column: Option<u32>,
    /// What is wrong, lower case or as the compiler says it, without a full stop.
    pub message: String,
    /// The line's text, unless it is too long to be read.
    pub source_line: Option<String>,
}

/// `index.ts:3:7: Unexpected token`, and below it the line with an arrow at the column.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(
                f,
                "{}:",
                file.display().to_string().chars().map(printable).collect::<String>()
            )?;
            for number in [self.line, self.column].into_iter().flatten() {
                write!(f, "{number}:")?;
            }
            f.write_str(" ")?;
        }
        let in_lines = |character| if character == '\n' { '\n' } else { printable(character) };
        write!(f, "{}", self.message.chars().map(in_lines).collect::<String>())?;
        match (self.line, self.column, &self.source_line) {
            (Some(line), Some(column), Some(text)) => quote(f, line, column, text),
            _ => Ok(()),
        }
    }
}

fn quote(f: &mut fmt::Formatter<'_>, line: u32, column: u32, text: &str) -> fmt::Result {
    let number = line.to_string();
    let before = text.chars().take(column.saturating_sub(1) as usize);
    write!(f, "\n  {number} | {}", text.chars().map(printable).collect::<String>())?;
    write!(f, "\n  {:1$} | {2}^", "", number.len(), before.map(blank).collect::<String>())
}

/// As much emptiness as the character takes up.
fn blank(character: char) -> String {
    match printable(character) {
        '\t' => "\t".into(),
        shown => " ".repeat(shown.width().unwrap_or(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;

    fn problem(line: u32, column: u32, source_line: &str) -> Problem {
        Problem {
            file: Some("index.ts".into()),
            line: Some(line),
            column: Some(column),
            message: "Unexpected token".into(),
            source_line: Some(source_line.into()),
        }
    }

    #[test]
    fn shows_place_message_line_and_arrow() {
        let shown = problem(3, 11, "const x = ;").to_string();
        let expected = "index.ts:3:11: Unexpected token\n  3 | const x = ;\n    |           ^";
        assert_eq!(shown, expected);
    }

    #[test]
    fn arrow_stands_under_the_column_after_wide_characters_and_tabs() {
        let shown = problem(10, 4, "\t世;;").to_string();
        assert!(shown.ends_with("\n  10 | \t世;;\n     | \t   ^"), "{shown}");
    }

    #[test]
    fn escape_sequences_are_not_shown() {
        let problem = Problem { message: "\u{1b}[2J".into(), ..problem(1, 1, "\u{1b}[2J") };
        assert!(!problem.to_string().contains('\u{1b}'));
    }

    #[test]
    fn without_a_place_only_the_message_is_shown() {
        let problem = Problem { file: None, ..problem(1, 1, "") };
        let problem = Problem { line: None, column: None, source_line: None, ..problem };
        assert_eq!(problem.to_string(), "Unexpected token");
    }
}
