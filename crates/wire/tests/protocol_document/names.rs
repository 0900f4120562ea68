//! Every message, error and word of the protocols by name. A new one does not compile until it has a name here,
//! and with a name it needs its place in the document.

use bunbase_wire::cage::LayerState;
use bunbase_wire::ipc::{ErrorCode, FrameError, Kind, Origin, Outcome};
use bunbase_wire::lease::{FromScheduler, KillReason, Readiness, Refused, ToScheduler};
use bunbase_wire::packet::PacketError;
use bunbase_wire::registry::{FromRegistry, ToRegistry};
use bunbase_wire::telemetry::{FromTelemetry, Outcome as Became, ToTelemetry};
use bunbase_wire::worker::{DecodeError, FailureCode, FromWorker, Level, ToWorker};
use serde::Serialize;

/// An enum's names: a function from value to name, and the list of all of them.
macro_rules! names {
    ($function:ident, $list:ident, $type:ty { $($pattern:pat => $name:literal),+ $(,)? }) => {
        pub const $list: &[&str] = &[$($name),+];

        pub fn $function(value: &$type) -> &'static str {
            match value { $($pattern => $name),+ }
        }
    };
}

names!(to_worker, TO_WORKER, ToWorker {
    ToWorker::Load(_) => "load",
    ToWorker::Compile(_) => "compile",
    ToWorker::Invoke(_) => "invoke",
    ToWorker::Chunk(_) => "chunk",
    ToWorker::Cancel { .. } => "cancel",
    ToWorker::Ack { .. } => "ack",
    ToWorker::Shutdown {} => "shutdown",
});

names!(from_worker, FROM_WORKER, FromWorker {
    FromWorker::Ready(_) => "ready",
    FromWorker::Response(_) => "response",
    FromWorker::Chunk(_) => "chunk",
    FromWorker::Ack { .. } => "ack",
    FromWorker::Pending { .. } => "pending",
    FromWorker::Done { .. } => "done",
    FromWorker::Log(_) => "log",
    FromWorker::Error(_) => "error",
});

names!(to_scheduler, TO_SCHEDULER, ToScheduler {
    ToScheduler::Acquire { .. } => "acquire",
    ToScheduler::Cancel { .. } => "cancel",
    ToScheduler::Revoking { .. } => "revoking",
    ToScheduler::Release { .. } => "release",
    ToScheduler::Worn { .. } => "worn",
    ToScheduler::Kill { .. } => "kill",
    ToScheduler::Inspect {} => "inspect",
});

names!(from_scheduler, FROM_SCHEDULER, FromScheduler {
    FromScheduler::Granted(_) => "granted",
    FromScheduler::Cage { .. } => "cage",
    FromScheduler::Queued { .. } => "queued",
    FromScheduler::Refused { .. } => "refused",
    FromScheduler::Revoke { .. } => "revoke",
});

names!(to_registry, TO_REGISTRY, ToRegistry {
    ToRegistry::Resolve { .. } => "resolve",
    ToRegistry::Applied { .. } => "applied",
});

names!(from_registry, FROM_REGISTRY, FromRegistry {
    FromRegistry::Resolved(_) => "resolved",
    FromRegistry::Unknown { .. } => "unknown",
    FromRegistry::Failed { .. } => "failed",
    FromRegistry::Compile { .. } => "compile",
    FromRegistry::Changed { .. } => "changed",
});

names!(to_telemetry, TO_TELEMETRY, ToTelemetry {
    ToTelemetry::Report(_) => "report",
    ToTelemetry::Scrape {} => "scrape",
});

names!(from_telemetry, FROM_TELEMETRY, FromTelemetry {
    FromTelemetry::Taken { .. } => "taken",
    FromTelemetry::Later { .. } => "later",
    FromTelemetry::Scraped {} => "scraped",
});

names!(frame_error, FRAME_ERROR, FrameError {
    FrameError::TooLong(_) => "too_long",
    FrameError::TooShort(_) => "too_short",
    FrameError::Version(_) => "version",
    FrameError::UnknownKind(_) => "unknown_kind",
    FrameError::Payload(_) => "payload",
});

names!(decode_error, DECODE_ERROR, DecodeError {
    DecodeError::LineTooLong(_) => "line_too_long",
    DecodeError::BodyTooLarge { .. } => "body_too_large",
    DecodeError::Malformed(_) => "malformed",
    DecodeError::Base64(_) => "base64",
    DecodeError::UnexpectedBody => "unexpected_body",
});

names!(packet_error, PACKET_ERROR, PacketError {
    PacketError::TooLong { .. } => "too_long",
    PacketError::Malformed(_) => "malformed",
});

/// The name of a kind of frame.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Invoke => "invoke",
        Kind::RegisterFunction => "register_function",
        Kind::DeployFunction => "deploy_function",
        Kind::List => "list",
        Kind::Show => "show",
        Kind::Remove => "remove",
        Kind::Status => "status",
        Kind::Doctor => "doctor",
        Kind::Versions => "versions",
        Kind::Rollback => "rollback",
        Kind::Cancel => "cancel",
        Kind::EnvList => "env_list",
        Kind::EnvSet => "env_set",
        Kind::EnvRemove => "env_remove",
        Kind::SecretList => "secret_list",
        Kind::SecretSet => "secret_set",
        Kind::SecretRemove => "secret_remove",
        Kind::GetLogs => "get_logs",
        Kind::GetMetrics => "get_metrics",
        Kind::Ok => "ok",
        Kind::Error => "error",
        Kind::NotFound => "not_found",
        Kind::Chunk => "chunk",
        Kind::Ack => "ack",
    }
}

/// An enum's words as they stand in JSON; a variant that is missing here does not compile.
macro_rules! words {
    ($type:ident { $($variant:ident $({ $field:ident })?),+ $(,)? }) => {{
        let known = |value: &$type| match value { $($type::$variant { .. } => ()),+ };
        let all = [$($type::$variant { $($field: 1)? }),+];
        all.iter().inspect(|value| known(value)).map(word).collect::<Vec<String>>()
    }};
}

fn word<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_value(value).expect("plain enums serialise");
    let word = json.get("code").unwrap_or(&json);
    word.as_str().expect("a word").to_owned()
}

/// Every word that a field can have.
pub fn words() -> Vec<String> {
    [
        words!(Outcome { Created, Updated, Unchanged, Registered }),
        words!(Origin { Server, Manifest }),
        words!(ErrorCode {
            BadRequest,
            Invalid,
            Denied,
            NotFound,
            Conflict,
            FunctionFailed,
            TimedOut,
            Unavailable,
            Internal,
        }),
        words!(Level { Debug, Info, Warn, Error }),
        words!(FailureCode {
            LoadFailed,
            Uncaught,
            BadResponse,
            Timeout,
            OutOfMemory,
            CpuTime,
            Protocol
        }),
        words!(KillReason { Timeout, Protocol, Lost, LoadFailed, OutOfMemory, CpuTime }),
        Became::ALL.iter().map(|outcome| outcome.as_str().to_owned()).collect(),
        words!(LayerState { InForce, Accepted, Missing }),
        words!(Readiness { Unread, Raw, Inline }),
        words!(Refused {
            NoSuchFunction,
            QueueFull { limit },
            MachineFull { limit },
            Draining,
            RegistryUnavailable,
            SpawnFailed,
        }),
    ]
    .concat()
}
