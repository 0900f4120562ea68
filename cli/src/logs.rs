//! logs: what functions wrote.

use std::time::{Duration, Instant};

use bunbase_client::{Client, Error, ErrorCode, LogLine, LogsRequest, MAX_LINES};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::args::{Globals, Logs};
use crate::exit::Failed;
use crate::line::for_people;
use crate::output::{Pipe, object, write_on};
use crate::socket::connect;

/// How long who follows waits for an ipcd that has stopped, and how long between two tries.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// Bytes that are written at once.
const WRITTEN: usize = 64 << 10;

pub fn run(logs: &Logs, globals: &Globals) -> Result<(), Failed> {
    let mut client = connect(globals)?;
    let mut request = request(logs);
    let zone = TimeZone::system();
    loop {
        let begun = Timestamp::now();
        match print(&mut client, &mut request, &zone, globals)? {
            Ended::Unread => return Ok(()),
            Ended::Over if !logs.follow => return Ok(()),
            Ended::Over => {}
            Ended::Broken(error) if !logs.follow || !may_come_back(&error) => {
                return Err(error.into());
            }
            Ended::Broken(_) => {}
        }
        if request.after.is_none() {
            (request.since, request.limit) = (Some(begun.to_string()), MAX_LINES);
        }
        client = connect_again(globals)?;
    }
}

fn request(logs: &Logs) -> LogsRequest {
    LogsRequest {
        function: logs.name.clone(),
        request_id: logs.request.clone(),
        level: logs.level,
        since: logs.since.map(|time| time.to_string()),
        until: logs.until.map(|time| time.to_string()),
        after: None,
        limit: logs.lines,
        follow: logs.follow,
    }
}

/// Why no further line comes.
enum Ended {
    /// There is none, or ipcd stops.
    Over,
    /// Nobody reads what is printed.
    Unread,
    /// Something is wrong.
    Broken(Error),
}

/// Prints what comes. The request then goes on behind it.
fn print(
    client: &mut Client,
    request: &mut LogsRequest,
    zone: &TimeZone,
    globals: &Globals,
) -> Result<Ended, Failed> {
    let mut lines = match client.logs(request) {
        Ok(lines) => lines,
        Err(error) => return Ok(Ended::Broken(error)),
    };
    let mut text = String::new();
    loop {
        match lines.next() {
            Ok(Some(line)) => {
                request.after = Some(line.id);
                add(&mut text, &line, zone, globals);
            }
            Ok(None) => return Ok(Ended::Over),
            Err(error) => return Ok(Ended::Broken(error)),
        }
        if !lines.is_ready() || text.len() >= WRITTEN {
            if let Pipe::Closed = write_on(text.as_bytes())? {
                return Ok(Ended::Unread);
            }
            text.clear();
        }
    }
}

fn add(text: &mut String, line: &LogLine, zone: &TimeZone, globals: &Globals) {
    if globals.json {
        text.push_str(&object(line));
    } else if !globals.quiet {
        text.push_str(&for_people(line, zone));
    }
}

/// Whether an ipcd that starts again would answer.
fn may_come_back(error: &Error) -> bool {
    match error {
        Error::Lost(_) => true,
        Error::Answered(answer) => answer.code == ErrorCode::Unavailable,
        _ => false,
    }
}

fn connect_again(globals: &Globals) -> Result<Client, Failed> {
    let since = Instant::now();
    loop {
        std::thread::sleep(PAUSE);
        match connect(globals) {
            Err(_) if since.elapsed() < PATIENCE => {}
            connected => return connected,
        }
    }
}
