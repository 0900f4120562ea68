//! secret ls, secret set, secret rm: secrets, whose values are shown to nobody.

use std::io::{IsTerminal, Read, stdin};

use bunbase_client::{SecretListAnswer, SecretSummary};
use bunbase_manifest::{MAX_SECRET_BYTES, Name, Secret};
use zeroize::Zeroizing;

use crate::args::{Globals, Secrets};
use crate::change;
use crate::exit::{Failed, Status};
use crate::output::print;
use crate::socket::connect;

pub fn run(secrets: &Secrets, globals: &Globals) -> Result<(), Failed> {
    let answer = match secrets {
        Secrets::Ls { name } => {
            return print(globals, &connect(globals)?.secrets(name.clone())?, table);
        }
        Secrets::Set { name, key } => {
            let value = read(name, key)?;
            connect(globals)?.set_secret(name.clone(), key.clone(), &value)?
        }
        Secrets::Rm { name, keys } => {
            connect(globals)?.remove_secrets(name.clone(), keys.clone())?
        }
    };
    change::report(&answer, "nothing to change", globals)
}

/// From a terminal without echo; or else all of standard input.
fn read(function: &Name, key: &str) -> Result<Secret, Failed> {
    let unreadable = |error: std::io::Error| {
        Failed::new(Status::Failed, format!("cannot read the value: {error}"))
    };
    let mut bytes = Zeroizing::new(Vec::new());
    if stdin().is_terminal() {
        let typed = rpassword::prompt_password(format!("value of {key} for {function}: "));
        bytes.extend(Zeroizing::new(typed.map_err(unreadable)?).as_bytes());
    } else {
        // With its newline, and a byte by which too much is known.
        let most = MAX_SECRET_BYTES as u64 + 2;
        stdin().take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    Secret::new(bytes.strip_suffix(b"\n").unwrap_or(&bytes)).map_err(|bad| {
        Failed::new(Status::Usage, bad.to_string()).hint(format!(
            "the value comes from standard input: bunbase secret set {function} {key} < FILE"
        ))
    })
}

fn table(answer: &SecretListAnswer) -> String {
    if answer.secrets.is_empty() {
        return "no secrets; \"bunbase secret set NAME KEY\" sets one\n".to_owned();
    }
    let width = answer.secrets.iter().map(|secret| secret.name.len()).max().unwrap_or(0);
    answer.secrets.iter().map(|secret| line(secret, width)).collect()
}

fn line(SecretSummary { name, set_at, required }: &SecretSummary, width: usize) -> String {
    let set = set_at.as_ref().map_or_else(|| "missing".to_owned(), |when| format!("set {when}"));
    let required = if *required { "  (required)" } else { "" };
    format!("{name:width$}  {set}{required}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_what_is_set_required_and_missing() {
        let secret = |name: &str, set_at: Option<&str>, required| SecretSummary {
            name: name.to_owned(),
            set_at: set_at.map(str::to_owned),
            required,
        };
        let at = "2026-01-02T03:04:05Z";
        let secrets = vec![
            secret("A", Some(at), false),
            secret("BB", Some(at), true),
            secret("C", None, true),
        ];
        let lines = format!("A   set {at}\nBB  set {at}  (required)\nC   missing  (required)\n");
        assert_eq!(table(&SecretListAnswer { secrets }), lines);
    }
}
