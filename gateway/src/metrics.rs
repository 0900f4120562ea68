//! Counters as Prometheus reads them.

use bunbase_lease::Kills;
use http::HeaderValue;
use prometheus::{IntCounterVec, Opts, Registry, TEXT_FORMAT, TextEncoder};

/// What Prometheus' text is called.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static(TEXT_FORMAT);

/// All that is counted here.
pub fn text(kills: &Kills) -> String {
    let registry = Registry::new();
    let ended = Opts::new(
        "bunbase_kills_total",
        "Workers and invocations that were ended before they were done, by reason",
    );
    let counter = IntCounterVec::new(ended, &["reason"]).expect("names of letters");
    for (reason, count) in kills.iter() {
        counter.with_label_values(&[reason]).inc_by(count);
    }
    registry.register(Box::new(counter)).expect("the only one");
    TextEncoder::new().encode_to_string(&registry.gather()).expect("plain counters are text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_there_before_it_has_happened() {
        let text = text(&Kills::default());
        for reason in ["timeout", "out_of_memory", "cpu_time", "output", "protocol", "lost"] {
            let line = format!("bunbase_kills_total{{reason=\"{reason}\"}} 0\n");
            assert!(text.contains(&line), "{line} is missing in:\n{text}");
        }
        assert!(text.starts_with("# HELP bunbase_kills_total "), "{text}");
    }
}
