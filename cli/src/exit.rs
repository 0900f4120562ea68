//! How the command ends: a sentence on standard error and one of eight statuses.

use std::borrow::Cow;
use std::error::Error as _;
use std::process::ExitCode;

use bunbase_client::{Error as ClientError, ErrorCode};
use serde_json::Value;

use crate::output::{BAD, print_failure, tell};

/// Why the command failed. The number is the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    Denied = 4,
    Unreachable = 5,
    TimedOut = 6,
    Conflict = 7,
    /// What a daemon that `up` had started says of its sockets and its configuration (sysexits.h).
    DaemonSocket = 64,
    DaemonConfig = 78,
}

impl Status {
    /// Its name in JSON.
    fn code(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Denied => "denied",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Conflict => "conflict",
            Self::DaemonSocket => "daemon_socket",
            Self::DaemonConfig => "daemon_config",
        }
    }
}

/// A failure, for people and for programs.
#[derive(Debug)]
pub struct Failed {
    pub status: Status,
    /// The status in a word, or ipcd's word where that says more.
    pub code: Cow<'static, str>,
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// An answer that there is all the same, for JSON.
    pub result: Option<Box<Value>>,
}

impl Failed {
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        let code = Cow::Borrowed(status.code());
        Self { status, code, message: message.into(), hint: None, result: None }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Says it, to people on standard error and as JSON on standard output if that is wanted, and gives the status.
    pub fn report(&self, json: bool) -> ExitCode {
        tell(&format!("{BAD}bunbase:{BAD:#} {}", self.message));
        if let Some(hint) = &self.hint {
            tell(&format!("  {hint}"));
        }
        if json {
            // Standard output may be what has failed.
            let _ = print_failure(self);
        }
        ExitCode::from(self.status as u8)
    }
}

impl From<ClientError> for Failed {
    fn from(error: ClientError) -> Self {
        let status = match &error {
            ClientError::Unreachable { cause, .. }
                if cause.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                Status::Denied
            }
            ClientError::Unreachable { .. } => Status::Unreachable,
            ClientError::Lost(_)
            | ClientError::Protocol(_)
            | ClientError::Body(_)
            | ClientError::File(_) => Status::Failed,
            ClientError::TimedOut(_) => Status::TimedOut,
            ClientError::Answered(answer) => status_of(answer.code),
        };
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        let failed =
            Self { code: code_of(&error, status), ..Self::new(status, format!("{error}{cause}")) };
        match status {
            Status::Unreachable => failed.hint(
                "is it running? \"bunbase up\" starts it in a terminal, \"systemctl start bunbase.target\" \
                 the installed one; --socket names another socket",
            ),
            Status::Denied => failed.hint("root and members of the group \"bunbase\" may: adduser YOU bunbase"),
            _ => failed,
        }
    }
}

/// ipcd's own word, as in docs/protocol.md.
fn code_of(error: &ClientError, status: Status) -> Cow<'static, str> {
    let word = match error {
        ClientError::Answered(answer) => serde_json::to_value(answer.code).ok(),
        _ => None,
    };
    let word = word.as_ref().and_then(Value::as_str).map(|word| Cow::Owned(word.to_owned()));
    word.unwrap_or(Cow::Borrowed(status.code()))
}

fn status_of(code: ErrorCode) -> Status {
    match code {
        ErrorCode::Denied => Status::Denied,
        ErrorCode::NotFound => Status::NotFound,
        ErrorCode::Conflict => Status::Conflict,
        ErrorCode::TimedOut => Status::TimedOut,
        ErrorCode::BadRequest
        | ErrorCode::Invalid
        | ErrorCode::FunctionFailed
        | ErrorCode::Unavailable
        | ErrorCode::Internal => Status::Failed,
    }
}
