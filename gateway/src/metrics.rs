//! Counters as Prometheus reads them.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use bunbase_lease::{Kills, scrape};
use http::HeaderValue;
use prometheus::{IntCounterVec, IntGauge, Opts, Registry, TEXT_FORMAT, TextEncoder};

/// What Prometheus' text is called.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static(TEXT_FORMAT);

/// How long ipcd may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of what it has counted.
const MOST: u64 = 32 << 20;

/// All that is counted here, and what ipcd counts of the functions if it can be asked.
pub async fn text(kills: &Kills, telemetry: &Path) -> String {
    let functions = of_functions(telemetry)
        .await
        .inspect_err(|error| tracing::warn!(%error, "ipcd does not say what it has counted"));
    let ours = ours(kills, functions.is_ok());
    ours + &functions.unwrap_or_default()
}

async fn of_functions(telemetry: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let file = tokio::time::timeout(PATIENCE, scrape(telemetry)).await??;
    let mut text = String::new();
    // It is in memory: reading it does not wait.
    file.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

fn ours(kills: &Kills, telemetry: bool) -> String {
    let registry = Registry::new();
    let name = "bunbase_telemetry_up";
    let up = IntGauge::new(name, "Whether ipcd could be asked for the counters of functions");
    let up = up.expect("a name of letters");
    up.set(i64::from(telemetry));
    registry.register(Box::new(up)).expect("the only one of its name");
    let ended = Opts::new(
        "bunbase_kills_total",
        "Workers and invocations that were ended before they were done, by reason",
    );
    let counter = IntCounterVec::new(ended, &["reason"]).expect("names of letters");
    for (reason, count) in kills.iter() {
        counter.with_label_values(&[reason]).inc_by(count);
    }
    registry.register(Box::new(counter)).expect("the only one of its name");
    TextEncoder::new().encode_to_string(&registry.gather()).expect("plain counters are text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_there_before_it_has_happened() {
        let text = ours(&Kills::default(), true);
        for reason in ["timeout", "out_of_memory", "cpu_time", "output", "protocol", "lost"] {
            let line = format!("bunbase_kills_total{{reason=\"{reason}\"}} 0\n");
            assert!(text.contains(&line), "{line} is missing in:\n{text}");
        }
        assert!(text.starts_with("# HELP bunbase_kills_total "), "{text}");
    }
}
