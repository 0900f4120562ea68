//! `GET_METRICS`.

use std::collections::BTreeMap;

use bunbase_manifest::Name;
use serde::{Deserialize, Serialize};

/// `GET_METRICS`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsRequest {
    /// Of this function, with its series; of all functions, without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Name>,
}

/// What invocations became.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// How many there were.
    pub invocations: u64,
    /// How many of them had another outcome than `ok`, by outcome.
    pub errors: BTreeMap<String, u64>,
    /// How many of them waited for a worker to load.
    pub cold_starts: u64,
    /// In how many microseconds half of them were done; an estimate from a histogram, as are the others.
    pub p50_us: Option<u64>,
    /// In how many microseconds 95 of 100 were done.
    pub p95_us: Option<u64>,
    /// In how many microseconds 99 of 100 were done.
    pub p99_us: Option<u64>,
}

/// The figures of a minute or of a day in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// When it began, RFC 3339 in UTC.
    pub start: String,
    /// Of what began in it.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionMetrics {
    /// The function.
    pub function: String,
    /// Since ever.
    #[serde(flatten)]
    pub figures: Figures,
    /// Lines that it wrote and that were not kept, since ever.
    pub lines_dropped: u64,
    /// The last hour by minute, without those in which nothing ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub minutes: Vec<Point>,
    /// The last 30 days, today included, without those on which nothing ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Point>,
}

/// The answer to `GET_METRICS`, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricsAnswer {
    /// The functions.
    pub functions: Vec<FunctionMetrics>,
}
