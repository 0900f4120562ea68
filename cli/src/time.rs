//! Times as people write them.

use bunbase_manifest::Millis;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// `10m` ago, a time of RFC 3339, or a date or a time of this machine's zone.
pub fn when(text: &str) -> Result<Timestamp, String> {
    read(text, Timestamp::now(), &TimeZone::system())
}

fn read(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let ago = Millis::parse(text).ok().and_then(|ago| {
        let ago = SignedDuration::from_millis(i64::try_from(ago.get()).ok()?);
        now.checked_sub(ago).ok()
    });
    let exact = || text.parse::<Timestamp>().ok();
    let local = || {
        text.parse::<DateTime>().ok()?.to_zoned_datetime(zone.clone()).ok().map(|it| it.timestamp())
    };
    ago.or_else(exact).or_else(local).ok_or_else(|| {
        "write it like 10m, 2h or 7d (so long ago), 2026-11-24, \"2026-11-24 09:30\" or 2026-11-24T09:30:00Z".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_so_long_ago_or_of_some_zone_or_of_this_one() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let read = |text| read(text, now, &zone).map(|time| time.to_string());
        assert_eq!(read("10m").unwrap(), "2026-11-24T11:50:00Z");
        assert_eq!(read("7d").unwrap(), "2026-11-17T12:00:00Z");
        assert_eq!(read("2026-11-24T09:30:00+01:00").unwrap(), "2026-11-24T08:30:00Z");
        assert_eq!(read("2026-11-24 09:30").unwrap(), "2026-11-24T07:30:00Z");
        assert_eq!(read("2026-11-24").unwrap(), "2026-11-23T22:00:00Z");
        assert!(read("10").is_err() && read("yesterday").is_err());
    }
}
