//! The body of a request that the function gets as it comes from the client.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bunbase_lease::{BrokenOff, Upload};
use bunbase_manifest::{ByteSize, Millis};
use bytes::Bytes;
use futures_core::Stream;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep, timeout_at};

use crate::admit::{BROKEN_OFF, Taken, too_large};
use crate::config::Config;
use crate::respond::Refusal;

/// Why a body broke off, for who answers the client. Empty as long as it has not.
pub type Why = Rc<RefCell<Option<Refusal>>>;

/// What comes from the client, within the gateway's bounds.
struct Parts {
    /// Until it has ended, one way or the other.
    body: Option<Limited<Incoming>>,
    max_body: ByteSize,
    timeout: Millis,
    deadline: Pin<Box<Sleep>>,
    why: Why,
    taken: Option<Taken>,
}

/// A body as it comes, and why it breaks off if it does.
pub fn upload(body: Incoming, config: &Config, taken: Taken) -> (Upload, Why) {
    let why = Why::default();
    let length = body.size_hint().exact();
    let parts = Parts {
        body: Some(Limited::new(body, config.max_body.as_usize())),
        max_body: config.max_body,
        timeout: config.body_timeout,
        deadline: Box::pin(sleep(config.body_timeout.duration())),
        why: Rc::clone(&why),
        taken: Some(taken),
    };
    (Upload::new(length, parts), why)
}

impl Stream for Parts {
    type Item = Result<Bytes, BrokenOff>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (max_body, timeout) = (self.max_body, self.timeout);
        loop {
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            return match Pin::new(body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    // Trailers, which functions do not see.
                    Err(_) => continue,
                },
                Poll::Ready(Some(Err(error))) if error.is::<LengthLimitError>() => {
                    self.refuse(too_large(max_body))
                }
                Poll::Ready(Some(Err(_))) => self.refuse(BROKEN_OFF),
                Poll::Ready(None) => {
                    self.body = None;
                    Poll::Ready(None)
                }
                Poll::Pending if self.deadline.as_mut().poll(context).is_ready() => {
                    self.refuse(Refusal::BodyTimeout { limit: timeout })
                }
                Poll::Pending => Poll::Pending,
            };
        }
    }
}

impl Parts {
    fn refuse(&mut self, refusal: Refusal) -> Poll<Option<Result<Bytes, BrokenOff>>> {
        self.body = None;
        *self.why.borrow_mut() = Some(refusal);
        Poll::Ready(Some(Err(BrokenOff)))
    }
}

/// A client that is still sending when it is answered may not see the answer if the connection is closed under its hands:
/// the rest is read, for as long as it might have been.
impl Drop for Parts {
    fn drop(&mut self) {
        let (Some(body), Ok(runtime)) = (self.body.take(), Handle::try_current()) else { return };
        let (deadline, taken) = (self.deadline.deadline(), self.taken.take());
        runtime.spawn(async move {
            // However it ends, nobody is interested.
            let _ = timeout_at(deadline, drain(body)).await;
            drop(taken);
        });
    }
}

async fn drain(mut body: Limited<Incoming>) {
    while let Some(Ok(_)) = body.frame().await {}
}
