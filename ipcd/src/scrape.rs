//! What Prometheus reads: the same counts as GET_METRICS has, since ever.

use std::collections::BTreeMap;

use bunbase_telemetry::{BOUNDS_US, Durations, Totals};
use prometheus::TextEncoder;
use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};

use crate::metrics;

/// The text.
pub fn text(totals: &BTreeMap<String, Totals>, dropped: &BTreeMap<String, u64>) -> String {
    let all =
        [invocations(totals), durations(totals), cold_starts(totals), lines(dropped), build()];
    // A family that nothing has come into yet can't be written.
    let all: Vec<MetricFamily> = all.into_iter().filter(|of| !of.get_metric().is_empty()).collect();
    TextEncoder::new().encode_to_string(&all).expect("plain counts are text")
}

fn invocations(totals: &BTreeMap<String, Totals>) -> MetricFamily {
    let mut metrics = Vec::new();
    for (function, outcomes) in totals {
        for (outcome, total) in outcomes {
            let labels = [("function", function.as_str()), ("outcome", outcome)];
            metrics.push(counter(&labels, total.durations.count()));
        }
    }
    let help = "Invocations of a function, by what became of them";
    family("bunbase_invocations_total", help, MetricType::COUNTER, metrics)
}

fn durations(totals: &BTreeMap<String, Totals>) -> MetricFamily {
    let of = |(function, outcomes): (&String, &Totals)| {
        let mut durations = Durations::default();
        outcomes.values().for_each(|total| durations.merge(&total.durations));
        let mut metric = Metric::from_label(labels(&[("function", function)]));
        metric.set_histogram(histogram(&durations));
        metric
    };
    let help = "How long invocations of a function took, in seconds, from the call to the end of the answer";
    let metrics = totals.iter().map(of).collect();
    family("bunbase_invocation_duration_seconds", help, MetricType::HISTOGRAM, metrics)
}

fn cold_starts(totals: &BTreeMap<String, Totals>) -> MetricFamily {
    let of = |(function, outcomes): (&String, &Totals)| {
        counter(&[("function", function)], metrics::cold_starts(outcomes))
    };
    let help = "Invocations of a function that waited for a worker to load";
    let metrics = totals.iter().map(of).collect();
    family("bunbase_coldstarts_total", help, MetricType::COUNTER, metrics)
}

fn lines(dropped: &BTreeMap<String, u64>) -> MetricFamily {
    let of = |(function, lines): (&String, &u64)| counter(&[("function", function)], *lines);
    let help = "Lines that a function wrote and that were not kept";
    let metrics = dropped.iter().map(of).collect();
    family("bunbase_log_lines_dropped_total", help, MetricType::COUNTER, metrics)
}

fn build() -> MetricFamily {
    let mut gauge = Gauge::default();
    gauge.set_value(1.0);
    let mut metric = Metric::from_gauge(gauge);
    metric.set_label(labels(&[("version", env!("CARGO_PKG_VERSION"))]));
    family("bunbase_build_info", "The release that runs", MetricType::GAUGE, vec![metric])
}

fn family(name: &str, help: &str, of: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(of);
    family.set_metric(metrics);
    family
}

fn labels(pairs: &[(&str, &str)]) -> Vec<LabelPair> {
    let label = |(name, value): &(&str, &str)| {
        let mut label = LabelPair::default();
        label.set_name((*name).to_owned());
        label.set_value((*value).to_owned());
        label
    };
    pairs.iter().map(label).collect()
}

/// Prometheus has nothing but floating point; up to 2^53 it is exact.
#[allow(clippy::cast_precision_loss)]
fn counter(pairs: &[(&str, &str)], value: u64) -> Metric {
    let mut counter = Counter::default();
    counter.set_value(value as f64);
    let mut metric = Metric::from_label(labels(pairs));
    metric.set_counter(counter);
    metric
}

fn histogram(durations: &Durations) -> Histogram {
    let (mut histogram, mut below) = (Histogram::default(), 0_u64);
    let bucket = |(bound, n): (&u64, &u64)| {
        let mut bucket = Bucket::default();
        below = below.saturating_add(*n);
        bucket.set_cumulative_count(below);
        bucket.set_upper_bound(seconds(*bound));
        bucket
    };
    // The last bucket, without a bound, is written from the count of all.
    let buckets = BOUNDS_US.iter().zip(&durations.buckets).map(bucket).collect();
    histogram.set_bucket(buckets);
    histogram.set_sample_count(durations.count());
    histogram.set_sample_sum(seconds(durations.sum_us));
    histogram
}

#[allow(clippy::cast_precision_loss)]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use bunbase_telemetry::Total;
    use std::io::Write;
    use std::process::{Command, Stdio};

    fn sample() -> String {
        let mut total = Total { cold_starts: 2, ..Total::default() };
        [90, 200, 40_000_000].into_iter().for_each(|us| total.durations.add(us));
        let outcomes = ["ok", "timeout"].map(|outcome| (outcome.to_owned(), total)).into();
        let dropped = BTreeMap::from([("hello".to_owned(), 7)]);
        text(&BTreeMap::from([("hello".to_owned(), outcomes)]), &dropped)
    }

    #[test]
    fn every_count_is_there_in_base_units() {
        let text = sample();
        for line in [
            "bunbase_invocations_total{function=\"hello\",outcome=\"timeout\"} 3",
            "bunbase_invocation_duration_seconds_bucket{function=\"hello\",le=\"0.0001\"} 2",
            "bunbase_invocation_duration_seconds_bucket{function=\"hello\",le=\"30\"} 4",
            "bunbase_invocation_duration_seconds_bucket{function=\"hello\",le=\"+Inf\"} 6",
            "bunbase_invocation_duration_seconds_count{function=\"hello\"} 6",
            "bunbase_coldstarts_total{function=\"hello\"} 4",
            "bunbase_log_lines_dropped_total{function=\"hello\"} 7",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line} is missing in\n{text}");
        }
        assert!(text.contains("_sum{function=\"hello\"} 80.00058\n"), "{text}");
    }

    #[test]
    fn nothing_counted_is_no_mistake() {
        assert!(text(&BTreeMap::new(), &BTreeMap::new()).contains("bunbase_build_info{version="));
    }

    #[test]
    fn promtool_finds_nothing_to_complain_about() {
        assert_eq!(complaints(&sample()), "");
    }

    /// The twin: it does complain.
    #[test]
    fn promtool_complains_about_a_counter_that_is_not_named_as_one() {
        assert_ne!(
            complaints("# HELP bunbase_calls x\n# TYPE bunbase_calls counter\nbunbase_calls 1\n"),
            ""
        );
    }

    fn complaints(text: &str) -> String {
        let mut promtool = Command::new("promtool");
        promtool.args(["check", "metrics"]).stdin(Stdio::piped());
        let promtool = promtool.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut promtool = promtool.expect("promtool; make tools installs it");
        promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = promtool.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        format!(
            "{}{}",
            if output.status.success() { "" } else { "failed: " },
            String::from_utf8_lossy(&said)
        )
    }
}
