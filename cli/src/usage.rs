//! What was typed, as arguments; or what is wrong with it, in the form that was asked for.

use std::ffi::OsStr;
use std::process::ExitCode;

use clap::{ArgMatches, ColorChoice, CommandFactory, FromArgMatches};

use crate::args::Args;
use crate::exit::{Failed, Status};
use crate::help::with_help;
use crate::output::print_failure;

/// The arguments, and the function that they name. Help, the version and mistakes are printed, and end the command.
pub fn read() -> Result<(Args, Option<String>), ExitCode> {
    let colour = if is_typed("--no-color") { ColorChoice::Never } else { ColorChoice::Auto };
    colour_all(colour);
    let mut command = with_help(Args::command()).color(colour);
    let read = command.try_get_matches_from_mut(std::env::args_os());
    let typed =
        read.and_then(|matches| Ok((Args::from_arg_matches(&matches)?, function(&matches))));
    typed.map_err(|error| end(&error.format(&mut command)))
}

/// `NAME`, or that of `NAME/path?query`: whichever verb it is of.
fn function(matches: &ArgMatches) -> Option<String> {
    if let Some((_, verb)) = matches.subcommand() {
        return function(verb);
    }
    let typed = |id| matches.try_get_raw(id).ok().flatten()?.next()?.to_str();
    let named = typed("name").or_else(|| typed("target"))?;
    named.split(['/', '?']).next().map(str::to_owned)
}

/// Whether an option that takes no value is there. Asked before anything is understood.
fn is_typed(option: &str) -> bool {
    let typed = std::env::args_os().skip(1).take_while(|word| word != OsStr::new("--"));
    typed.into_iter().any(|word| word == OsStr::new(option))
}

fn colour_all(choice: ColorChoice) {
    if choice == ColorChoice::Never {
        anstream::ColorChoice::Never.write_global();
    }
}

fn end(error: &clap::Error) -> ExitCode {
    // Where nothing can be said, the status says it.
    let _ = error.print();
    if error.use_stderr() && is_typed("--json") {
        let _ = print_failure(&failed(&error.render().to_string()));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Status::Usage as u8))
}

/// The first paragraph says what is wrong, the others what would do.
fn failed(text: &str) -> Failed {
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let message = message.strip_prefix("error: ").unwrap_or(message).trim_end();
    let failed = Failed::new(Status::Usage, message);
    if rest.trim().is_empty() { failed } else { failed.hint(rest.trim()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_its_first_paragraph_and_what_would_do_the_others() {
        let said = failed("error: unrecognized subcommand 'lss'\n\n  tip: try 'ls'\n\nUsage: x\n");
        assert_eq!(said.message, "unrecognized subcommand 'lss'");
        assert_eq!(said.hint.as_deref(), Some("tip: try 'ls'\n\nUsage: x"));
        assert_eq!(failed("error: alone\n").hint, None);
    }

    #[test]
    fn the_arguments_are_consistent() {
        with_help(Args::command()).debug_assert();
    }
}
