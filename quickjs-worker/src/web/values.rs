//! What JavaScript can't tell of a value by itself.

use rquickjs::function::Func;
use rquickjs::promise::PromiseState;
use rquickjs::{Array, Ctx, Object, Promise, Result, Value, qjs};

/// Provides `classOf`, `promiseOf`, `proxyOf`.
pub fn provide(native: &Object<'_>) -> Result<()> {
    native.set("classOf", Func::from(class_of))?;
    native.set("promiseOf", Func::from(promise_of))?;
    native.set("proxyOf", Func::from(proxy_of))
}

/// The engine's number for the kind of object that this is; 0 for what is no object.
#[allow(unsafe_code)]
fn class_of(value: Value<'_>) -> u32 {
    // SAFETY: it looks at a value that is alive, as `value` is.
    let class = unsafe { qjs::JS_GetClassID(value.as_raw()) };
    if value.is_object() { class } else { 0 }
}

/// The state of a promise and what it has settled to; undefined for anything else.
fn promise_of<'js>(ctx: Ctx<'js>, value: Value<'js>) -> Result<Option<Array<'js>>> {
    let Some(promise) = value.into_promise() else { return Ok(None) };
    let answer = Array::new(ctx)?;
    answer.set(0, state_of(&promise))?;
    answer.set(1, outcome_of(&promise))?;
    Ok(Some(answer))
}

fn state_of(promise: &Promise<'_>) -> &'static str {
    match promise.state() {
        PromiseState::Pending => "pending",
        PromiseState::Resolved => "fulfilled",
        PromiseState::Rejected => "rejected",
    }
}

fn outcome_of<'js>(promise: &Promise<'js>) -> Option<Value<'js>> {
    match promise.result::<Value<'js>>()? {
        Ok(value) => Some(value),
        Err(_) => Some(promise.ctx().catch()),
    }
}

/// Target and handler of a proxy, both null if it is revoked; undefined for anything else.
fn proxy_of<'js>(ctx: Ctx<'js>, value: Value<'js>) -> Result<Option<Array<'js>>> {
    let Some(proxy) = value.into_proxy() else { return Ok(None) };
    let answer = Array::new(ctx.clone())?;
    answer.set(0, part_of(&ctx, proxy.target()))?;
    answer.set(1, part_of(&ctx, proxy.handler()))?;
    Ok(Some(answer))
}

fn part_of<'js>(ctx: &Ctx<'js>, part: Result<Object<'js>>) -> Value<'js> {
    match part {
        Ok(object) if object.as_value().is_object() => object.into_value(),
        Ok(_) => Value::new_null(ctx.clone()),
        Err(_) => {
            ctx.catch();
            Value::new_null(ctx.clone())
        }
    }
}
