//! How the command ends: a sentence on standard error and one of eight statuses.

use std::error::Error as _;
use std::process::ExitCode;

use bunbase_client::{Error as ClientError, ErrorCode};

use crate::output::tell;

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

/// A failure, for people.
#[derive(Debug)]
pub struct Failed {
    pub status: Status,
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failed {
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), hint: None }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Says it and gives the status.
    pub fn report(&self) -> ExitCode {
        tell(&format!("bunbase: {}", self.message));
        if let Some(hint) = &self.hint {
            tell(&format!("  {hint}"));
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
        let failed = Self::new(status, format!("{error}{cause}"));
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
