//! What `invoke.js` and `response.js` tell the host.

use std::rc::Rc;

use bunbase_wire::worker::{FailureCode, Header, Limits, Response};
use bytes::Bytes;
use rquickjs::function::Func;
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Object, Result, Value, qjs};

use super::bytes::{bytes_of, with_bytes_of};
use crate::shared::Shared;

/// More header text than this is no answer: it has to fit into a line, whatever it takes to escape it.
const LARGEST_HEADERS: usize = 128 * 1024;

/// Provides `respond`, `respondHead`, `respondChunk`, `respondEnd`, `settledTo`, `fail`, `failForMemory`, `exhaust`, `memoryWasRefused`, `acknowledge`, `hold`, `release`.
pub fn provide<'js>(native: &Object<'js>, shared: &Rc<Shared>) -> Result<()> {
    let host = Rc::clone(shared);
    native.set(
        "respond",
        Func::from(move |id, status, headers: String, content: Value<'js>| {
            respond(&host, id, status, &headers, &content)
        }),
    )?;
    let host = Rc::clone(shared);
    native.set(
        "respondHead",
        Func::from(move |id, status, headers: String| respond_head(&host, id, status, &headers)),
    )?;
    let host = Rc::clone(shared);
    native.set(
        "respondChunk",
        Func::from(move |id, bytes: Value<'js>| {
            host.respond_chunk(id, bytes_of(&bytes).unwrap_or_default().into())
        }),
    )?;
    let host = Rc::clone(shared);
    native.set("respondEnd", Func::from(move |id| host.respond_end(id)))?;
    let host = Rc::clone(shared);
    native.set("settledTo", Func::from(move |promise| settled_to(&host, promise)))?;
    let host = Rc::clone(shared);
    native.set(
        "fail",
        Func::from(move |id, code: String, message, stack| {
            host.fail(id, code_of(&code), message, stack);
        }),
    )?;
    let host = Rc::clone(shared);
    native.set(
        "failForMemory",
        Func::from(move |id| {
            host.fail(id, FailureCode::OutOfMemory, host.memory.describe_limit(), None);
        }),
    )?;
    let host = Rc::clone(shared);
    native.set("exhaust", Func::from(move || host.exhaust()))?;
    let host = Rc::clone(shared);
    native.set("memoryWasRefused", Func::from(move || host.memory.was_refused()))?;
    let host = Rc::clone(shared);
    native.set("acknowledge", Func::from(move |id, bytes| host.acknowledge_upload(id, bytes)))?;
    let host = Rc::clone(shared);
    native.set("hold", Func::from(move |id| host.hold(id)))?;
    let host = Rc::clone(shared);
    native.set("release", Func::from(move |id| host.invocations().release(id)))
}

/// What a promise has been fulfilled with, if what waits for it would be called next; the promise itself otherwise.
fn settled_to<'js>(shared: &Shared, value: Value<'js>) -> Result<Value<'js>> {
    let is_next = !shared.frames.follow() && !is_job_pending(value.ctx());
    match value.as_promise().filter(|_| is_next).map(|promise| (promise.state(), promise)) {
        Some((PromiseState::Resolved, promise)) => promise.result().unwrap_or(Ok(value.clone())),
        _ => Ok(value),
    }
}

#[allow(unsafe_code)]
fn is_job_pending(ctx: &Ctx<'_>) -> bool {
    // SAFETY: the context is alive, and so is its runtime; it looks at the length of a list.
    unsafe { qjs::JS_IsJobPending(qjs::JS_GetRuntime(ctx.as_raw().as_ptr())) }
}

/// Returns what is wrong with the answer, if anything.
fn respond<'js>(
    shared: &Shared,
    id: u64,
    status: u16,
    lines: &str,
    content: &Value<'js>,
) -> Result<Option<String>> {
    if let Some(text) = content.as_string() {
        return Ok(respond_with(shared, id, status, lines, text.to_string()?.as_bytes()));
    }
    Ok(with_bytes_of(content, |body| respond_with(shared, id, status, lines, body)))
}

fn respond_with(shared: &Shared, id: u64, status: u16, lines: &str, body: &[u8]) -> Option<String> {
    let bound = Limits::default().raw;
    if body.len() > bound {
        return Some(format!(
            "the Response has a body of {} bytes, the bound is {bound}",
            body.len()
        ));
    }
    let wrong = too_long(lines);
    if wrong.is_none() {
        let (headers, more) = (headers(lines), false);
        shared
            .respond(Response { id, status, headers, more, used: None, body: Bytes::new() }, body);
    }
    wrong
}

/// As [`respond`], of a body that will come by and by.
fn respond_head(shared: &Shared, id: u64, status: u16, lines: &str) -> Option<String> {
    let wrong = too_long(lines);
    if wrong.is_none() {
        let headers = headers(lines);
        let body = Bytes::new();
        shared.respond_head(Response { id, status, headers, more: true, used: None, body });
    }
    wrong
}

fn too_long(lines: &str) -> Option<String> {
    (lines.len() > LARGEST_HEADERS).then(|| {
        let length = lines.len();
        format!("the Response has {length} bytes of headers, the bound is {LARGEST_HEADERS}")
    })
}

/// A line a name, a line a value: values have no line breaks.
fn headers(lines: &str) -> Vec<Header> {
    let mut texts = lines.split('\n').map(str::to_owned);
    std::iter::from_fn(|| Some((texts.next()?, texts.next()?))).collect()
}

fn code_of(code: &str) -> FailureCode {
    match code {
        "bad_response" => FailureCode::BadResponse,
        _ => FailureCode::Uncaught,
    }
}
