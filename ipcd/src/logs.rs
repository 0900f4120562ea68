//! GET_LOGS: lines that functions wrote, page by page, and as they come.
//!
//! Lines wait in the database and nowhere else: a client that takes none holds up its own answer, which has no more than a page.

use std::rc::Rc;

use bunbase_telemetry::{Error, Filter, Kept, STEP};
use bunbase_wire::ipc::{ErrorCode, LogLine, LogsRequest, MAX_LINES, Part};
use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::caller::{Caller, Outlet};
use crate::command::{Answer, Services, failed};
use crate::telemetry::Telemetry;

impl Services {
    /// Sends lines.
    pub async fn logs(&self, request: LogsRequest, caller: Caller) -> Result<Answer, Answer> {
        let filter = filter(&request)?;
        self.known(request.function.as_ref())?;
        let Caller { outlet, inlet, stop } = caller;
        let mut reading = Reading::begin(&self.telemetry, &request, filter, outlet).await?;
        let news = self.telemetry.news();
        let last = *news.borrow();
        reading.send_up_to(last).await?;
        if request.follow {
            tokio::select! {
                followed = reading.follow(news) => followed?,
                () = stop.cancelled() => {}
                () = inlet.gone() => {}
            }
        }
        Ok(Answer::ok(&Part::default(), Bytes::new()))
    }
}

/// An answer that is being sent.
struct Reading {
    telemetry: Rc<Telemetry>,
    filter: Filter,
    outlet: Outlet,
    /// What is wanted up to this id has been sent.
    looked: i64,
    /// So many more may be, where that has a bound.
    left: Option<u32>,
}

impl Reading {
    async fn begin(
        telemetry: &Rc<Telemetry>,
        request: &LogsRequest,
        filter: Filter,
        outlet: Outlet,
    ) -> Result<Self, Answer> {
        let telemetry = Rc::clone(telemetry);
        // What is too old goes with the next report, and is not to be seen until then.
        let since = filter.since_us.unwrap_or(i64::MIN).max(telemetry.oldest_us());
        let filter = Filter { since_us: Some(since), ..filter };
        let (first, last) = telemetry.read(|store| store.ends())?;
        let mut reading = Self { telemetry, filter, outlet, looked: last, left: None };
        match request.after {
            Some(after) => {
                reading.looked = after.clamp(first.saturating_sub(1).min(last), last);
                reading.left = Some(request.limit).filter(|_| !request.follow);
            }
            None => reading.go_back(first, request.limit).await?,
        }
        Ok(reading)
    }

    /// To where the newest lines begin of which there are `limit`.
    async fn go_back(&mut self, first: i64, limit: u32) -> Result<(), Answer> {
        let (mut before, mut wanted) = (self.looked.saturating_add(1), limit);
        while wanted > 0 && before > first {
            let ids = self.telemetry.read(|store| store.back(&self.filter, before, wanted))?;
            self.looked = ids.last().map_or(self.looked, |id| id - 1);
            wanted = wanted.saturating_sub(u32::try_from(ids.len()).unwrap_or(u32::MAX));
            before = before.saturating_sub(STEP);
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn send_up_to(&mut self, last: i64) -> Result<(), Answer> {
        let (first, _) = self.telemetry.read(|store| store.ends())?;
        // What has gone meanwhile needs no search.
        self.looked = self.looked.max(first.saturating_sub(1));
        while self.looked < last && self.left != Some(0) {
            let page = self.telemetry.read(|store| store.page(&self.filter, self.looked, last))?;
            self.looked = page.looked;
            self.send(page.lines).await?;
        }
        Ok(())
    }

    async fn send(&mut self, mut lines: Vec<Kept>) -> Result<(), Answer> {
        if let Some(left) = &mut self.left {
            lines.truncate(*left as usize);
            *left -= u32::try_from(lines.len()).unwrap_or(*left);
        }
        if lines.is_empty() {
            tokio::task::yield_now().await;
            return Ok(());
        }
        let raw = lines.into_iter().flat_map(written).collect::<Vec<u8>>();
        Ok(self.outlet.chunk(&Part::default(), raw.into()).await?)
    }

    /// Ends when nobody reads any more.
    async fn follow(&mut self, mut news: watch::Receiver<i64>) -> Result<(), Answer> {
        loop {
            let last = *news.borrow_and_update();
            self.send_up_to(last).await?;
            if news.changed().await.is_err() {
                return Ok(());
            }
        }
    }
}

/// As JSON and a newline.
fn written(Kept { id, line }: Kept) -> Vec<u8> {
    let line = LogLine {
        id,
        time: format!("{:.6}", timestamp(line.time_us)),
        level: line.level,
        function: line.function.into(),
        version: line.version,
        worker_id: line.worker_id,
        request_id: line.request_id,
        message: line.message,
    };
    let mut json = serde_json::to_vec(&line).expect("plain structs serialise");
    json.push(b'\n');
    json
}

/// A time beyond the calendar is at its end.
fn timestamp(us: i64) -> Timestamp {
    let end = if us < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(us).unwrap_or(end)
}

fn filter(request: &LogsRequest) -> Result<Filter, Answer> {
    if request.limit > MAX_LINES {
        let message =
            format!("at most {MAX_LINES} lines come at once; ask for the rest with \"after\"");
        return Err(failed(ErrorCode::Invalid, &message));
    }
    if request.follow && request.until.is_some() {
        let message = "\"follow\" has no end and \"until\" is one: ask for one of them";
        return Err(failed(ErrorCode::Invalid, message));
    }
    Ok(Filter {
        function: request.function.as_ref().map(ToString::to_string),
        request_id: request.request_id.clone(),
        level: request.level,
        since_us: microseconds("since", request.since.as_deref())?,
        until_us: microseconds("until", request.until.as_deref())?,
    })
}

fn microseconds(field: &str, time: Option<&str>) -> Result<Option<i64>, Answer> {
    let Some(text) = time else { return Ok(None) };
    let time: Timestamp = text.parse().map_err(|error| {
        let message = format!("{field}: {text:?} is no time of RFC 3339: {error}");
        failed(ErrorCode::Invalid, &message)
    })?;
    Ok(Some(time.as_microsecond()))
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the telemetry database failed");
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        let message = format!("{error}{}; ipcd's log has more", cause.unwrap_or_default());
        failed(ErrorCode::Internal, &message)
    }
}

#[cfg(test)]
mod tests;
