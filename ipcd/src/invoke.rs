//! INVOKE: ipcd as a lease holder like any other.

use bunbase_lease::{Call, Failure, Invoker, Reply};
use bunbase_wire::ipc::{ErrorAnswer, ErrorCode, InvokeAnswer, InvokeRequest};
use bunbase_wire::lease::Refused;
use bytes::Bytes;
use uuid::Uuid;

use crate::command::{Answer, failed};

/// Runs the function once.
pub async fn invoke(invoker: &Invoker, request: InvokeRequest, body: Bytes) -> Answer {
    let request_id = request.request_id.unwrap_or_else(|| Uuid::now_v7().to_string());
    if !request.path.starts_with('/') {
        return failed(ErrorCode::Invalid, "path begins with \"/\"");
    }
    let call = Call {
        url: format!("http://{}.functions.internal{}", request.function, request.path),
        function: request.function,
        request_id: request_id.clone(),
        method: request.method,
        headers: request.headers,
        body,
    };
    match invoker.invoke(call).await {
        Ok(reply) => answered(reply, request_id),
        Err(failure) => Answer::from(error(&failure)),
    }
}

fn answered(reply: Reply, request_id: String) -> Answer {
    let answer = InvokeAnswer { status: reply.status, headers: reply.headers, request_id };
    Answer::ok(&answer, reply.body)
}

fn error(failure: &Failure) -> ErrorAnswer {
    let code = match failure {
        Failure::Refused(Refused::NoSuchFunction) => ErrorCode::NotFound,
        Failure::Refused(_) | Failure::QueueFull { .. } | Failure::QueueTimeout { .. } => {
            ErrorCode::Unavailable
        }
        Failure::BodyTooLarge { .. } => ErrorCode::Invalid,
        Failure::Timeout { .. } => ErrorCode::TimedOut,
        Failure::Uncaught
        | Failure::BadResponse
        | Failure::LoadFailed
        | Failure::OutOfMemory
        | Failure::WorkerDied
        | Failure::Nonsense
        | Failure::NeighbourTimedOut => ErrorCode::FunctionFailed,
    };
    let message = match failure {
        Failure::Refused(Refused::NoSuchFunction) => {
            "no such function; \"bunbase ls\" lists them".to_owned()
        }
        other => other.to_string(),
    };
    ErrorAnswer { code, message }
}
