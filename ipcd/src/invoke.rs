//! INVOKE: ipcd as a lease holder like any other.

use bunbase_lease::{Call, Failure, Invoker, Reply, header_value, is_request_id};
use bunbase_wire::ipc::{ErrorAnswer, ErrorCode, InvokeAnswer, InvokeRequest};
use bunbase_wire::lease::Refused;
use bunbase_wire::worker::{Head, Limits};
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderName, Method};
use uuid::Uuid;

use crate::command::{Answer, failed};

/// Runs the function once.
pub async fn invoke(invoker: &Invoker, request: InvokeRequest, body: Bytes) -> Answer {
    if let Err(refusal) = check(&request) {
        return failed(ErrorCode::Invalid, &refusal);
    }
    let request_id = request.request_id.unwrap_or_else(|| Uuid::now_v7().to_string());
    let url = format!("http://{}.functions.internal{}", request.function, request.path);
    let mut head = Head::new(&request.method, &url);
    request.headers.iter().for_each(|(name, value)| head.header(name, value));
    let function = request.function;
    let call = Call { function, request_id: request_id.clone(), head, body, upload: None };
    match invoker.invoke(call).await {
        Ok(reply) => answered(reply, request_id).await,
        Err(failure) => Answer::from(error(&failure)),
    }
}

/// What HTTP would not let through does not get through here either.
fn check(request: &InvokeRequest) -> Result<(), String> {
    Method::try_from(request.method.as_str())
        .map_err(|_| format!("{:?} is no HTTP method", request.method))?;
    let path = PathAndQuery::try_from(request.path.as_str()).ok();
    if path.is_none() || !request.path.starts_with('/') {
        return Err(format!(
            "{:?} is no path: it begins with \"/\" and has no spaces",
            request.path
        ));
    }
    if request.request_id.as_deref().is_some_and(|id| !is_request_id(id)) {
        return Err(
            "a request_id is 1 to 128 of letters, digits, \"-\", \"_\", \".\" and \":\"".to_owned()
        );
    }
    for (name, value) in &request.headers {
        if HeaderName::try_from(name.as_str()).is_err() || header_value(value).is_none() {
            return Err(format!("{name:?} is no header that HTTP allows"));
        }
    }
    Ok(())
}

async fn answered(reply: Reply, request_id: String) -> Answer {
    let answer = InvokeAnswer { status: reply.status, headers: reply.headers, request_id };
    match reply.body.whole(Limits::default().raw).await {
        Ok(body) => Answer::ok(&answer, body),
        Err(failure) => Answer::from(error(&failure)),
    }
}

fn error(failure: &Failure) -> ErrorAnswer {
    let code = match failure {
        Failure::Refused(Refused::NoSuchFunction) => ErrorCode::NotFound,
        Failure::Refused(_) | Failure::QueueFull { .. } | Failure::QueueTimeout { .. } => {
            ErrorCode::Unavailable
        }
        Failure::BodyTooLarge { .. } | Failure::BodyBrokenOff | Failure::HeadTooLarge { .. } => {
            ErrorCode::Invalid
        }
        Failure::Timeout { .. } | Failure::CpuTime { .. } => ErrorCode::TimedOut,
        Failure::Uncaught
        | Failure::BadResponse
        | Failure::LoadFailed
        | Failure::OutOfMemory { .. }
        | Failure::OutputTooLarge { .. }
        | Failure::WorkerDied
        | Failure::Nonsense
        | Failure::NeighbourStopped => ErrorCode::FunctionFailed,
    };
    let message = match failure {
        Failure::Refused(Refused::NoSuchFunction) => {
            "no such function; \"bunbase ls\" lists them".to_owned()
        }
        other => other.to_string(),
    };
    ErrorAnswer { code, message }
}
