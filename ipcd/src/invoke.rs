//! INVOKE: ipcd as a lease holder like any other.

use bunbase_lease::{Body, Call, Failure, Parts, Upload, header_value, is_request_id};
use bunbase_wire::ipc::{ErrorAnswer, ErrorCode, InvokeAnswer, InvokeRequest, Part, WINDOW};
use bunbase_wire::lease::Refused;
use bunbase_wire::worker::{Head, Limits};
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderName, Method};
use uuid::Uuid;

use crate::caller::{Caller, Outlet};
use crate::command::{Answer, Services, failed};

/// An answer of no more bytes is not taken apart for a client that takes parts.
const IN_ONE_FRAME: usize = WINDOW;

impl Services {
    /// Runs a function once.
    pub async fn invoke(
        &self,
        request: InvokeRequest,
        body: Bytes,
        caller: Caller,
    ) -> Result<Answer, Answer> {
        check(&request).map_err(|refusal| failed(ErrorCode::Invalid, &refusal))?;
        let Caller { outlet, inlet, .. } = caller;
        let upload = request.more.then(|| inlet.into_upload());
        let stream = request.stream;
        let request_id = request.request_id.clone().unwrap_or_else(|| Uuid::now_v7().to_string());
        let call = call(request, request_id.clone(), body, upload);
        let reply = self.invoker.invoke(call).await.map_err(|failure| error(&failure))?;
        let head = InvokeAnswer { status: reply.status, headers: reply.headers, request_id };
        match reply.body {
            Body::Stream(parts) if stream => pass_on(&outlet, &head, *parts).await,
            Body::Whole(body) if stream && body.len() > IN_ONE_FRAME => {
                outlet.chunk(&head, body).await?;
                Ok(Answer::ok(&Part::default(), Bytes::new()))
            }
            body => whole(&head, body).await,
        }
    }
}

fn call(request: InvokeRequest, request_id: String, body: Bytes, upload: Option<Upload>) -> Call {
    let url = format!("http://{}.functions.internal{}", request.function, request.path);
    let mut head = Head::new(&request.method, &url);
    request.headers.iter().for_each(|(name, value)| head.header(name, value));
    Call { function: request.function, request_id, head, body, upload }
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

/// An answer that comes, as it comes. The function waits when the client does.
async fn pass_on(outlet: &Outlet, head: &InvokeAnswer, mut parts: Parts) -> Result<Answer, Answer> {
    outlet.chunk(head, Bytes::new()).await?;
    while let Some(part) = parts.next().await {
        let part = part.map_err(|failure| error(&failure))?;
        outlet.chunk(&Part::default(), part).await?;
    }
    Ok(Answer::ok(&Part::default(), Bytes::new()))
}

async fn whole(head: &InvokeAnswer, body: Body) -> Result<Answer, Answer> {
    let body = body.whole(Limits::default().raw).await.map_err(|failure| error(&failure))?;
    Ok(Answer::ok(head, body))
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
