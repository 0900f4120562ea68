//! Every answer that is ours: refusals as types, one table from them to status, code and title, and
//! `application/problem+json` (RFC 9457) from that. A function's own errors pass through elsewhere, untouched.

use std::time::Duration;

use bunbase_lease::Failure;
use bunbase_manifest::{ByteSize, Millis, Name};
use bunbase_wire::lease::Refused;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::admit::RequestId;
use crate::body::Body;

/// Why a request is not answered by a function.
#[derive(Debug)]
pub enum Refusal {
    NoSuchPage,
    NoSuchFunction { name: String },
    MethodNotAllowed { allow: &'static str },
    BadRequest { what: &'static str },
    BodyTooLarge { limit: ByteSize },
    BodyTimeout { limit: Millis },
    NoRoom { limit: ByteSize },
    NotReady,
    CageMissing { layer: String },
    Failed(Failure),
}

/// A refusal and the function that it is about.
#[derive(Debug)]
pub struct Problem {
    refusal: Refusal,
    function: Option<Name>,
}

/// A line of the table.
struct Row {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    limit: Option<Limit>,
}

/// The limit that fired.
#[derive(Serialize)]
struct Limit {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Json<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    instance: String,
    code: &'static str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Limit>,
}

fn row(status: StatusCode, code: &'static str, title: &'static str) -> Row {
    Row { status, code, title, limit: None }
}

impl Row {
    fn limit(self, name: &'static str, value: impl ToString) -> Self {
        Self { limit: Some(Limit { name, value: value.to_string() }), ..self }
    }
}

/// The table.
fn table(refusal: &Refusal) -> Row {
    use StatusCode as S;
    match refusal {
        Refusal::NoSuchPage => row(S::NOT_FOUND, "no_such_page", "There is nothing here"),
        Refusal::NoSuchFunction { .. } => no_worker(&Refused::NoSuchFunction),
        Refusal::MethodNotAllowed { .. } => {
            row(S::METHOD_NOT_ALLOWED, "method_not_allowed", "This method is not allowed here")
        }
        Refusal::BadRequest { .. } => {
            row(S::BAD_REQUEST, "bad_request", "The request is malformed")
        }
        Refusal::BodyTooLarge { limit } => {
            row(S::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large")
                .limit("gateway.max_body", limit)
        }
        Refusal::BodyTimeout { limit } => {
            row(S::REQUEST_TIMEOUT, "body_timeout", "The body did not arrive in time")
                .limit("gateway.body_timeout", limit)
        }
        Refusal::NoRoom { limit } => {
            row(S::SERVICE_UNAVAILABLE, "no_room", "Too many bodies are being held")
                .limit("gateway.max_buffered", limit)
        }
        Refusal::NotReady => {
            row(S::SERVICE_UNAVAILABLE, "not_ready", "Functions can't be served now")
        }
        Refusal::CageMissing { .. } => {
            row(S::SERVICE_UNAVAILABLE, "cage_missing", "Workers can't be confined on this machine")
        }
        Refusal::Failed(failure) => failed(failure),
    }
}

fn failed(failure: &Failure) -> Row {
    use StatusCode as S;
    match failure {
        Failure::Refused(refused) => no_worker(refused),
        Failure::QueueFull { limit } => {
            row(S::SERVICE_UNAVAILABLE, "queue_full", "Too many requests wait for this function")
                .limit("scale.queue", limit)
        }
        Failure::QueueTimeout { limit } => {
            row(S::SERVICE_UNAVAILABLE, "queue_timeout", "No worker became free in time")
                .limit("limits.timeout", limit)
        }
        Failure::BodyTooLarge { limit } => {
            row(S::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large")
                .limit("http.max_body", limit)
        }
        Failure::BodyBrokenOff => {
            row(S::BAD_REQUEST, "bad_request", "The request's body broke off")
        }
        Failure::HeadTooLarge { limit } => row(
            S::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "head_too_large",
            "The URL and headers are too large",
        )
        .limit("url and headers", limit),
        Failure::Timeout { limit } => {
            row(S::GATEWAY_TIMEOUT, "timeout", "The function did not answer in time")
                .limit("limits.timeout", limit)
        }
        Failure::Uncaught => {
            row(S::INTERNAL_SERVER_ERROR, "uncaught_exception", "The function threw an exception")
        }
        Failure::LoadFailed => {
            row(S::INTERNAL_SERVER_ERROR, "load_failed", "The function could not be loaded")
        }
        Failure::BadResponse => {
            row(S::BAD_GATEWAY, "bad_response", "The function returned no Response")
        }
        Failure::OutOfMemory { limit } => {
            row(S::BAD_GATEWAY, "out_of_memory", "The function ran out of memory")
                .limit("limits.memory", limit)
        }
        Failure::CpuTime { limit } => {
            row(S::GATEWAY_TIMEOUT, "cpu_time", "The function used up its CPU time")
                .limit("limits.cpu_time", limit)
        }
        Failure::OutputTooLarge { limit } => {
            row(S::BAD_GATEWAY, "output_too_large", "The function's answer is too large")
                .limit("limits.output", limit)
        }
        Failure::WorkerDied => row(S::BAD_GATEWAY, "worker_died", "The worker died"),
        Failure::Nonsense => row(S::BAD_GATEWAY, "worker_nonsense", "The worker answered nonsense"),
        Failure::NeighbourStopped => {
            row(S::BAD_GATEWAY, "neighbour_stopped", "The worker was stopped for another request")
        }
    }
}

fn no_worker(refused: &Refused) -> Row {
    use StatusCode as S;
    match refused {
        Refused::NoSuchFunction => {
            row(S::NOT_FOUND, "no_such_function", "There is no such function")
        }
        Refused::QueueFull { limit } => row(
            S::SERVICE_UNAVAILABLE,
            "scheduler_queue_full",
            "Too many wait for workers of this function",
        )
        .limit("schedulerd.max_waiting", limit),
        Refused::MachineFull { limit } => row(
            S::SERVICE_UNAVAILABLE,
            "machine_full",
            "The machine runs all the workers that it may",
        )
        .limit("schedulerd.max_workers", limit),
        Refused::Draining => row(S::SERVICE_UNAVAILABLE, "draining", "The server is stopping"),
        Refused::RegistryUnavailable => {
            row(S::SERVICE_UNAVAILABLE, "registry_unavailable", "The registry can't be asked now")
        }
        Refused::SpawnFailed => {
            row(S::SERVICE_UNAVAILABLE, "spawn_failed", "A worker could not be started")
        }
    }
}

impl Refusal {
    /// About no function in particular.
    pub fn problem(self) -> Problem {
        Problem { refusal: self, function: None }
    }

    fn detail(&self) -> String {
        match self {
            Self::NoSuchPage => "functions are at /functions/NAME".to_owned(),
            Self::NoSuchFunction { name } => {
                format!("{name:?} is not a name that a function can have")
            }
            Self::MethodNotAllowed { allow } => format!("allowed here: {allow}"),
            Self::BadRequest { what } => (*what).to_owned(),
            Self::BodyTooLarge { limit } => format!("at most {limit} are accepted"),
            Self::BodyTimeout { limit } => format!("it has to be sent within {limit}"),
            Self::NoRoom { .. } => "try again in a moment".to_owned(),
            Self::NotReady => "the scheduler can't be reached; see its log".to_owned(),
            Self::CageMissing { layer } => format!(
                "the layer {layer} of the cage is missing, and schedulerd.toml does not accept that; \"bunbase doctor\" has more"
            ),
            Self::Failed(Failure::Refused(Refused::NoSuchFunction)) => {
                "nothing is deployed under this name; \"bunbase ls\" lists what is".to_owned()
            }
            Self::Failed(Failure::Refused(Refused::SpawnFailed)) => {
                "schedulerd's log says why; so does \"bunbase doctor\", where it is the machine"
                    .to_owned()
            }
            Self::Failed(Failure::Refused(_)) => "try again in a moment".to_owned(),
            Self::Failed(Failure::Uncaught | Failure::LoadFailed | Failure::BadResponse) => {
                "the log has the error and its stack, under this request_id".to_owned()
            }
            Self::Failed(failure) => failure.to_string(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        refusal.problem()
    }
}

impl Problem {
    /// About this function.
    pub fn of(self, function: &Name) -> Self {
        Self { function: Some(function.clone()), ..self }
    }

    /// One line: `warn` for what policy or a function did, nothing louder than `debug` for a client's mistakes.
    pub fn log(&self, id: &RequestId, duration_us: u64) {
        let Row { status, code, .. } = table(&self.refusal);
        let (request_id, status) = (id.as_str(), status.as_u16());
        let function = self.function.as_ref().map_or("-", Name::as_str);
        if status >= 500 {
            tracing::warn!(
                request_id,
                function,
                status,
                reason = code,
                duration_us,
                "refused or failed"
            );
        } else {
            tracing::debug!(request_id, function, status, reason = code, duration_us, "refused");
        }
    }

    /// As an HTTP response.
    pub fn response(&self, id: &RequestId) -> Response<Body> {
        let Row { status, code, title, limit } = table(&self.refusal);
        let json = Json {
            r#type: format!("urn:bunbase:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: self.refusal.detail(),
            instance: format!("urn:bunbase:request:{}", id.as_str()),
            code,
            request_id: id.as_str(),
            function: self.function.as_ref().map(Name::as_str),
            limit,
        };
        let body = serde_json::to_vec(&json).expect("plain structs serialise");
        let mut response = Response::new(Body::from(Bytes::from(body)));
        *response.status_mut() = status;
        self.headers(status, response.headers_mut());
        response
    }

    fn headers(&self, status: StatusCode, headers: &mut http::HeaderMap) {
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Refusal::MethodNotAllowed { allow } = self.refusal {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(jittered().as_secs()));
        }
        if matches!(
            self.refusal,
            Refusal::BodyTooLarge { .. } | Refusal::BodyTimeout { .. } | Refusal::NoRoom { .. }
        ) {
            // The rest of the body is not read.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// One to three seconds, so that those who were refused together don't come back together.
fn jittered() -> Duration {
    let random = uuid::Uuid::now_v7().as_bytes()[15];
    Duration::from_secs(1 + u64::from(random) % 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use serde_json::Value;

    async fn json(refusal: Refusal) -> (Response<Body>, Value) {
        let id = RequestId::of(&http::HeaderMap::new());
        let problem = refusal.problem().of(&"hello".parse().unwrap());
        let mut response = problem.response(&id);
        let body = response.body_mut().collect().await.unwrap().to_bytes();
        (response, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_limit_is_named_with_its_value() {
        let limit = Millis::from_secs(2);
        let (response, json) = json(Refusal::Failed(Failure::Timeout { limit })).await;
        assert_eq!(response.status(), 504);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(json["code"], "timeout");
        assert_eq!(json["function"], "hello");
        assert_eq!(json["limit"], serde_json::json!({"name": "limits.timeout", "value": "2s"}));
    }

    #[tokio::test]
    async fn whoever_is_refused_for_load_hears_when_to_come_back() {
        let (response, _) = json(Refusal::Failed(Failure::QueueFull { limit: 1 })).await;
        let after: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=3).contains(&after));
    }
}
