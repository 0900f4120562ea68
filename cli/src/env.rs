//! env ls, env set, env rm: variables that are set on the server.

use bunbase_client::{EnvListAnswer, Origin, Variable};

use crate::args::{Env, Globals};
use crate::change;
use crate::exit::Failed;
use crate::output::print;
use crate::socket::connect;

pub fn run(env: &Env, globals: &Globals) -> Result<(), Failed> {
    let mut client = connect(globals)?;
    let answer = match env {
        Env::Ls { name } => return print(globals, &client.env(name.clone())?, table),
        Env::Set { name, variables } => {
            client.set_env(name.clone(), variables.iter().cloned().collect())?
        }
        Env::Rm { name, variables } => client.remove_env(name.clone(), variables.clone())?,
    };
    change::report(&answer, "nothing to change on the server", globals)
}

/// `NAME=VALUE`. Nothing is trimmed: a value may be empty, and have "=" and spaces.
pub fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it like NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn table(answer: &EnvListAnswer) -> String {
    if answer.variables.is_empty() {
        return "no variables; \"bunbase env set NAME KEY=VALUE\" sets one\n".to_owned();
    }
    let width = answer.variables.iter().map(|v| v.name.len()).max().unwrap_or(0);
    answer.variables.iter().map(|variable| line(variable, width)).collect()
}

/// A value of several lines is escaped, or it could look like another variable.
fn line(variable: &Variable, width: usize) -> String {
    let Variable { name, value, origin, overridden } = variable;
    let origin = match (origin, overridden) {
        (Origin::Server, _) => "server",
        (Origin::Manifest, false) => "manifest",
        (Origin::Manifest, true) => "manifest, overridden",
    };
    let value = match value.contains(char::is_control) {
        true => format!("{value:?}"),
        false => value.clone(),
    };
    format!("{name:width$}  {value}  ({origin})\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_cut_at_its_first_equals_sign() {
        let owned = |a: &str, b: &str| Ok((a.to_owned(), b.to_owned()));
        assert_eq!(variable("A=b=c "), owned("A", "b=c "));
        assert_eq!(variable("A="), owned("A", ""));
        assert!(variable("A").is_err());
    }
}
