//! `--host`: another machine's suite, by ssh, as `systemctl -H` does it: `bunbase bridge` there is the connection.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use bunbase_client::{Client, Error as ClientError};

use crate::exit::{Failed, Status};

/// ssh's own failures.
const SSH_FAILED: i32 = 255;
/// What a shell says of a program that it does not find.
const NO_PROGRAM: i32 = 127;

/// `USER@HOST`, or a name from ssh's configuration. A leading dash would be an option of ssh.
pub fn host(text: &str) -> Result<String, String> {
    let is_bad = text.is_empty() || text.starts_with('-') || text.contains(char::is_whitespace);
    match is_bad {
        true => Err("write it like USER@HOST".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// A connection to the ipcd there. `socket` is a path there.
pub fn connect(host: &str, socket: Option<&Path>) -> Result<Client, Failed> {
    let (ours, theirs) = UnixStream::pair().map_err(|error| not_started(&error))?;
    let output = theirs.try_clone().map_err(|error| not_started(&error))?;
    let child = ssh(host, socket, &["bridge"])
        .stdin(OwnedFd::from(theirs))
        .stdout(OwnedFd::from(output))
        .spawn()
        .map_err(|error| not_started(&error))?;
    let mut client = Client::from_stream(ours);
    // Whether there is anybody is known when somebody has answered.
    match client.status() {
        Ok(_) => Ok(client),
        Err(refused @ ClientError::Answered(_)) => Err(refused.into()),
        Err(other) => Err(why(host, child, client, other)),
    }
}

/// What a command prints there.
pub fn output(host: &str, socket: Option<&Path>, args: &[&str]) -> Result<Output, Failed> {
    let output = ssh(host, socket, args).stdin(Stdio::null()).output();
    let output = output.map_err(|error| not_started(&error))?;
    match output.status.code() {
        Some(SSH_FAILED | NO_PROGRAM) | None => {
            crate::output::tell(String::from_utf8_lossy(&output.stderr).trim_end());
            Err(ended(host, Some(output.status)))
        }
        _ => Ok(output),
    }
}

fn ssh(host: &str, socket: Option<&Path>, args: &[&str]) -> Command {
    let mut remote = vec!["bunbase".to_owned()];
    if let Some(socket) = socket {
        remote.extend(["--socket".to_owned(), quoted(&socket.display().to_string())]);
    }
    remote.extend(args.iter().map(|arg| (*arg).to_owned()));
    let mut ssh = Command::new("ssh");
    ssh.args(["-xT", "--", host, &remote.join(" ")]);
    ssh
}

/// For the shell there.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn not_started(error: &std::io::Error) -> Failed {
    Failed::new(Status::Unreachable, format!("cannot start ssh: {error}"))
        .hint("--host needs ssh: apt install openssh-client")
}

fn why(host: &str, mut child: Child, client: Client, error: ClientError) -> Failed {
    if !matches!(error, ClientError::Lost(_)) {
        return error.into();
    }
    // Its end of the connection: with it ssh has no reason to stay.
    drop(client);
    ended(host, child.wait().ok())
}

/// ssh, or the command there, has said why on standard error.
fn ended(host: &str, status: Option<ExitStatus>) -> Failed {
    let failed = |message: String| Failed::new(Status::Unreachable, message);
    match status.and_then(|status| status.code()) {
        Some(SSH_FAILED) => failed(format!("ssh does not reach {host}"))
            .hint(format!("try it alone: ssh {host} bunbase status")),
        Some(NO_PROGRAM) => failed(format!("{host} has no command bunbase"))
            .hint("install BunBase there, so that the command is on the PATH of an ssh session"),
        Some(4) => {
            Failed::new(Status::Denied, format!("{host} does not let this user command ipcd"))
                .hint("root and members of the group \"bunbase\" there may")
        }
        _ => failed(format!("no ipcd answers on {host}"))
            .hint(format!("see what is wrong there: ssh {host} bunbase doctor")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_an_option_of_ssh_is_no_host() {
        for bad in ["", "-oProxyCommand=x", "a b", "a\nb"] {
            assert!(host(bad).is_err(), "{bad:?}");
        }
        assert_eq!(host("you@there").as_deref(), Ok("you@there"));
    }

    #[test]
    fn a_path_there_is_one_word_for_the_shell_there() {
        let command = ssh("there", Some(Path::new("/it's; here")), &["bridge"]);
        let last = command.get_args().last().and_then(|arg| arg.to_str());
        assert_eq!(last, Some(r"bunbase --socket '/it'\''s; here' bridge"));
    }
}
