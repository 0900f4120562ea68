//! Durations and sizes as people write them: `30s`, `500ms`, `128MB`, `64KiB`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A duration in whole milliseconds. Written `250ms`, `30s`, `5m`, `2h`, `14d`; a number in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(u64);

/// A size in bytes. Written `512`, `64KB`, `10MB`, `1GB`; KB, MB and GB are powers of 1024 here, as is KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByteSize(u64);

const DURATIONS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const SIZES: [(&str, u64); 4] = [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10), ("", 1)];

impl Millis {
    /// So many milliseconds.
    #[must_use]
    pub const fn new(ms: u64) -> Self {
        Self(ms)
    }

    /// So many seconds.
    #[must_use]
    pub const fn from_secs(s: u64) -> Self {
        Self(s * 1_000)
    }

    /// The number of milliseconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The same as a [`Duration`].
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }

    /// Reads `30s` and the like. A bare number is refused: which unit was meant is a guess.
    ///
    /// # Errors
    /// A sentence saying what would do.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parsed = split(text).and_then(|(n, unit)| scale(n, unit, &DURATIONS));
        parsed.map(Self).ok_or_else(|| {
            format!("{text:?} is no duration; write it like \"500ms\", \"30s\" or \"5m\"")
        })
    }
}

impl ByteSize {
    /// So many bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// So many MiB.
    #[must_use]
    pub const fn mib(n: u64) -> Self {
        Self(n << 20)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number of bytes as an index; saturates where `usize` is narrower.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// Reads `10MB` and the like.
    ///
    /// # Errors
    /// A sentence saying what would do.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plain = text.replace("iB", "B");
        let parsed = split(&plain)
            .and_then(|(n, unit)| scale(n, if unit == "B" { "" } else { unit }, &SIZES));
        parsed.map(Self).ok_or_else(|| {
            format!("{text:?} is no size; write it like \"64KB\", \"10MB\" or \"1GB\"")
        })
    }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim()))
}

fn scale(n: u64, unit: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    n.checked_mul(*factor)
}

fn display(n: u64, units: &[(&str, u64)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let whole = units.iter().find(|(_, factor)| n >= *factor && n.is_multiple_of(*factor));
    let (unit, factor) = whole.unwrap_or(&units[units.len() - 1]);
    write!(f, "{}{unit}", n / factor)
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self.0, &DURATIONS, f)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self.0, &SIZES, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_back_as_they_are_shown() {
        for text in ["1ms", "500ms", "30s", "5m", "2h", "14d"] {
            assert_eq!(Millis::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Millis::parse("90s").unwrap(), Millis::from_secs(90));
        assert_eq!(Millis::parse("0s").unwrap().to_string(), "0ms");
    }

    #[test]
    fn a_duration_without_a_unit_is_refused() {
        for text in [
            "30",
            "s",
            "",
            "1.5s",
            "-1s",
            "5 parsecs",
            "99999999999999999999s",
            "18446744073709551615h",
        ] {
            assert!(Millis::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_read_back_as_they_are_shown() {
        for text in ["1", "64KB", "10MB", "1GB"] {
            assert_eq!(ByteSize::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(ByteSize::parse("128 MiB").unwrap(), ByteSize::mib(128));
        assert_eq!(ByteSize::parse("512B").unwrap(), ByteSize::new(512));
        assert!(ByteSize::parse("10 apples").is_err());
    }
}
