//! Counters as Prometheus reads them.

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use bunbase_lease::{Kills, scrape};
use bytes::Bytes;
use http::HeaderValue;
use prometheus::{IntCounterVec, IntGauge, Opts, Registry, TEXT_FORMAT, TextEncoder};
use tokio::sync::Mutex;

/// What Prometheus' text is called.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static(TEXT_FORMAT);

/// How long ipcd may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of what it has counted.
const MOST: u64 = 32 << 20;

/// For how long what ipcd has counted is not asked for again, whoever wants it.
const FRESH: Duration = Duration::from_secs(1);

/// What was counted when it was asked for last.
#[derive(Debug, Default)]
pub struct Scrapes(Mutex<Option<(Instant, Bytes)>>);

impl Scrapes {
    /// All that is counted here, and what ipcd counts of the functions if it can be asked. It is asked by one at a time, and the text is in memory once.
    pub async fn text(&self, kills: &Kills, telemetry: &Path) -> Bytes {
        let mut last = self.0.lock().await;
        if let Some((_, text)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return text.clone();
        }
        let functions = of_functions(telemetry)
            .await
            .inspect_err(|error| tracing::warn!(%error, "ipcd does not say what it has counted"));
        let ours = ours(kills, functions.is_ok());
        let text = Bytes::from(ours + &functions.unwrap_or_default());
        *last = Some((Instant::now(), text.clone()));
        text
    }
}

async fn of_functions(telemetry: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let file = tokio::time::timeout(PATIENCE, scrape(telemetry)).await??;
    let mut text = String::new();
    // It is in memory: reading it does not wait.
    file.take(MOST + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MOST {
        true => Err(format!("the counters of functions have more than {MOST} bytes").into()),
        false => Ok(text),
    }
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
