//! Following promises for `node:async_hooks`. Why, and what for, is in `internal/frames.js`.

use std::cell::{Cell, OnceCell};
use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};
use std::rc::Rc;

use rquickjs::function::{Func, IntoArgs};
use rquickjs::{Ctx, Function, Object, Persistent, Result, Value, qjs};

use crate::shared::Shared;

/// What is called when something happens to a promise. Nothing until `node:async_hooks` is imported.
#[derive(Default)]
pub struct Frames(OnceCell<Box<Followers>>);

type Callback = Persistent<Function<'static>>;

struct Followers {
    leave: Callback,
    made: Callback,
    resolved_at_once: Callback,
    calls_then: Callback,
    resolved: Callback,
    /// The promise that was made last, for comparison only.
    last: Cell<*mut c_void>,
}

impl Frames {
    /// Whether promises are followed.
    pub fn follow(&self) -> bool {
        self.0.get().is_some()
    }

    /// Runs the next job, if there is one.
    pub fn run_job(&self, ctx: &Ctx<'_>) -> bool {
        if let Some(followers) = self.0.get() {
            call(ctx, &followers.leave, ());
        }
        ctx.execute_pending_job()
    }
}

/// Provides `followPromises`.
pub fn provide<'js>(native: &Object<'js>, shared: &Rc<Shared>) -> Result<()> {
    let host = Rc::clone(shared);
    native.set(
        "followPromises",
        Func::from(move |ctx: Ctx<'js>, callbacks: Object<'js>| {
            let of = |name| {
                callbacks.get::<_, Function<'js>>(name).map(|call| Persistent::save(&ctx, call))
            };
            let followers = Followers {
                leave: of("leave")?,
                made: of("made")?,
                resolved_at_once: of("resolvedAtOnce")?,
                calls_then: of("callsThen")?,
                resolved: of("resolved")?,
                last: Cell::new(null_mut()),
            };
            follow(&ctx, host.frames.0.get_or_init(|| Box::new(followers)));
            Ok::<_, rquickjs::Error>(())
        }),
    )
}

#[allow(unsafe_code)]
fn follow(ctx: &Ctx<'_>, followers: &Followers) {
    let opaque = std::ptr::from_ref(followers).cast_mut().cast();
    // SAFETY: the context is alive. The followers are in a box that is never emptied, in what the loop and the engine share, which lives as
    // long as the process; the hook only reads them.
    unsafe {
        qjs::JS_SetPromiseHook(qjs::JS_GetRuntime(ctx.as_raw().as_ptr()), Some(hook), opaque);
    }
}

#[allow(unsafe_code)]
unsafe extern "C" fn hook(
    ctx: *mut qjs::JSContext,
    kind: qjs::JSPromiseHookType,
    promise: qjs::JSValue,
    _parent: qjs::JSValue,
    opaque: *mut c_void,
) {
    let Some(ctx) = NonNull::new(ctx) else { return };
    // SAFETY: the engine calls with its own context and with what `follow` gave it; the promise is the engine's, so a reference of our own is
    // taken before it is wrapped in a value, which gives it back.
    let (ctx, followers, promise) = unsafe {
        let ctx = Ctx::from_raw(ctx);
        let own = qjs::JS_DupValue(ctx.as_raw().as_ptr(), promise);
        let value = Value::from_raw(ctx.clone(), own);
        (ctx, &*opaque.cast::<Followers>(), value)
    };
    followers.follow(&ctx, kind, promise);
}

impl Followers {
    fn follow<'js>(&self, ctx: &Ctx<'js>, kind: qjs::JSPromiseHookType, promise: Value<'js>) {
        let this = address(&promise);
        match kind {
            qjs::JSPromiseHookType_JS_PROMISE_HOOK_INIT => {
                call(ctx, &self.made, (promise,));
                self.last.set(this);
            }
            qjs::JSPromiseHookType_JS_PROMISE_HOOK_RESOLVE
                if self.last.replace(null_mut()) == this =>
            {
                call(ctx, &self.resolved_at_once, ());
            }
            qjs::JSPromiseHookType_JS_PROMISE_HOOK_RESOLVE => call(ctx, &self.resolved, (promise,)),
            qjs::JSPromiseHookType_JS_PROMISE_HOOK_BEFORE => {
                call(ctx, &self.calls_then, (promise,))
            }
            _ => {}
        }
    }
}

#[allow(unsafe_code)]
fn address(value: &Value<'_>) -> *mut c_void {
    // SAFETY: a promise is an object, whose value holds a pointer; it is compared and not read.
    unsafe { qjs::JS_VALUE_GET_PTR(value.as_raw()) }
}

/// What these functions throw is a lack of memory, which whatever runs next meets as well.
fn call<'js>(ctx: &Ctx<'js>, callback: &Callback, args: impl IntoArgs<'js>) {
    let called = callback.clone().restore(ctx).and_then(|function| function.call::<_, ()>(args));
    if called.is_err() {
        let _ = ctx.catch();
    }
}
