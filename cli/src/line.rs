//! A line of the log as it is printed.

use bunbase_client::{Level, LogLine, escaped};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What begins the further lines of a message: nothing that a function writes looks like a line of the log.
const FURTHER: &str = "\n    | ";

/// Local time, level, function, message, request.
pub fn for_people(line: &LogLine, zone: &TimeZone) -> String {
    let LogLine { time, level, function, message, request_id, .. } = line;
    let time = local(time, zone);
    let level = match level {
        Level::Debug => "DEBUG",
        Level::Info => "INFO ",
        Level::Warn => "WARN ",
        Level::Error => "ERROR",
    };
    let (function, message) = (harmless(function), harmless(message));
    let request = request_id.as_deref().map(|id| format!("  [{}]", harmless(id)));
    format!("{time} {level} {function}: {message}{}\n", request.unwrap_or_default())
}

fn local(time: &str, zone: &TimeZone) -> String {
    let parsed: Result<Timestamp, _> = time.parse();
    parsed.map_or_else(
        |_| harmless(time),
        |time| time.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
    )
}

/// Without what a terminal would obey, or what turns the writing round.
pub fn harmless(text: &str) -> String {
    escaped(text.trim_end_matches(['\n', '\r']), FURTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str) -> LogLine {
        LogLine {
            id: 1,
            time: "2026-11-24T09:30:00.123456Z".to_owned(),
            level: Level::Warn,
            function: "hello".to_owned(),
            version: "3fd16a6732b1".to_owned(),
            worker_id: 7,
            request_id: Some("r1".to_owned()),
            message: message.to_owned(),
        }
    }

    #[test]
    fn a_line_has_local_time_level_function_message_and_request() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let said = for_people(&line("low on ink"), &zone);
        assert_eq!(said, "2026-11-24 10:30:00.123 WARN  hello: low on ink  [r1]\n");
    }

    #[test]
    fn nothing_in_a_message_looks_like_another_line_or_commands_the_terminal() {
        let said = for_people(
            &line("a\n2026-11-24 10:30:00.123 forged\u{1b}[2J\r\u{9b}\u{202e}b\tc\n"),
            &TimeZone::UTC,
        );
        assert_eq!(
            said,
            "2026-11-24 09:30:00.123 WARN  hello: a\n    | 2026-11-24 10:30:00.123 forged\\u{1b}[2J\\r\\u{9b}\\u{202e}b\tc  [r1]\n"
        );
    }

    #[test]
    fn as_json_it_stays_one_line_and_reads_back() {
        let json = crate::output::object(&line("a\nb\u{1b}"));
        assert_eq!(json.matches('\n').count(), 1);
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        let read: LogLine = serde_json::from_value(read["result"].clone()).unwrap();
        assert_eq!(read, line("a\nb\u{1b}"));
    }
}
