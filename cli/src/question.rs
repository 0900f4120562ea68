//! Questions before something is taken away. Only on a terminal: a script means what it says.

use std::io::{IsTerminal, Write, stderr, stdin};

use crate::args::Globals;
use crate::exit::{Failed, Status};

/// Asks whether to go on, and fails if not. `-y` says yes beforehand.
pub fn confirm(globals: &Globals, question: &str) -> Result<(), Failed> {
    if globals.yes || !stdin().is_terminal() || !stderr().is_terminal() {
        return Ok(());
    }
    // A question that can't be seen is answered with no.
    let _ = write!(stderr(), "{question} [y/N] ");
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    match read.is_ok() && is_yes(&answer) {
        true => Ok(()),
        false => Err(Failed::new(Status::Failed, "nothing was done")
            .hint("it takes a \"y\", or -y beforehand")),
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        assert!(["y\n", "Y\n", " yes \n", "YES"].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "yeah no\n", "ja\n"].into_iter().any(is_yes));
    }
}
