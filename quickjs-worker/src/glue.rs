//! The JavaScript that Rust calls.

use rquickjs::{Function, Object, Result};

/// The functions of `web/*.js` that Rust calls.
pub struct Glue<'js> {
    /// `offer(env)`: takes the function's environment.
    pub offer: Function<'js>,
    /// `adopt(module)`: takes the handler of a module; returns what is wrong with it, if anything.
    pub adopt: Function<'js>,
    /// `handled(promise)`: keeps a rejection from being reported, because Rust looks after it.
    pub handled: Function<'js>,
    /// `beginUpload(id, first)`: a stream of a request's body, of which `first` is there.
    pub begin_upload: Function<'js>,
    /// `chunk(id, bytes, more)`: goes on with such a body.
    pub chunk: Function<'js>,
    /// `dispatch(id, invocationId, method, url, headers, body, stream)`: calls the handler.
    pub dispatch: Function<'js>,
    /// `abort(id, name, message)`: aborts the request's signal and forgets the request.
    pub abort: Function<'js>,
    /// `drained(id)`: there is room for more of an answer's body.
    pub drained: Function<'js>,
    /// `fire(number)`: calls a timer's callback.
    pub fire: Function<'js>,
    /// `fail(id, reason)`: sends the error of an invocation.
    pub fail: Function<'js>,
    /// `report(reason)`: logs an error that nobody caught.
    pub report: Function<'js>,
    /// `reportRejection(promise, reason)`: logs a rejection that nobody handles, unless a listener takes care of it.
    /// Returns whether to remember it for `handledLate`.
    pub report_rejection: Function<'js>,
    /// `handledLate(promise, reason)`: tells listeners that a reported rejection is handled after all.
    pub handled_late: Function<'js>,
    /// `warm(files)`: runs what all functions need.
    pub warm: Function<'js>,
    /// `makeOwn()`: forgets what processes forked from one another must not share.
    pub make_own: Function<'js>,
    /// `describe(reason)`: `[message, stack]` of anything that was thrown.
    pub describe: Function<'js>,
}

impl<'js> Glue<'js> {
    /// Finds them in `web`, as [`crate::web::install`] returned it.
    pub fn of(web: &Object<'js>) -> Result<Self> {
        Ok(Self {
            offer: web.get("offer")?,
            adopt: web.get("adopt")?,
            handled: web.get("handled")?,
            begin_upload: web.get("beginUpload")?,
            chunk: web.get("chunk")?,
            dispatch: web.get("dispatch")?,
            abort: web.get("abort")?,
            drained: web.get("drained")?,
            fire: web.get("fire")?,
            fail: web.get("fail")?,
            report: web.get("report")?,
            report_rejection: web.get("reportRejection")?,
            handled_late: web.get("handledLate")?,
            warm: web.get("warm")?,
            make_own: web.get("makeOwn")?,
            describe: web.get("describe")?,
        })
    }
}
