//! stats: what became of invocations.

use bunbase_client::{Figures, FunctionMetrics, MetricsAnswer, MetricsRequest, Point};
use bunbase_manifest::Name;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::args::Globals;
use crate::exit::Failed;
use crate::output::print;
use crate::socket::connect;

/// Who asked has gone before the end of the answer: no error of the function.
const CANCELLED: &str = "cancelled";

/// Minutes that people are shown; `--json` has all.
const MINUTES: usize = 10;

const HEAD: [&str; 7] = ["invocations", "errors", "cancelled", "cold", "p50", "p95", "p99"];

pub fn run(name: Option<&Name>, globals: &Globals) -> Result<(), Failed> {
    let answer = connect(globals)?.metrics(&MetricsRequest { function: name.cloned() })?;
    print(globals, &answer, |answer| match (name, answer.functions.first()) {
        (Some(_), Some(function)) => of_one(function, &TimeZone::system()),
        _ => of_all(answer),
    })
}

fn of_all(answer: &MetricsAnswer) -> String {
    if answer.functions.is_empty() {
        return "no functions yet; \"bunbase deploy FOLDER\" adds one\n".to_owned();
    }
    let row = |of: &FunctionMetrics| row(&of.function, &of.figures);
    table("function", answer.functions.iter().map(row).collect())
}

/// Since ever, by day, and the last minutes; then what went wrong.
fn of_one(function: &FunctionMetrics, zone: &TimeZone) -> String {
    let mut rows = vec![row("since ever", &function.figures)];
    let day = |point: &Point| row(point.start.get(..10).unwrap_or(&point.start), &point.figures);
    rows.extend(function.days.iter().map(day));
    let minutes = function.minutes.iter().skip(function.minutes.len().saturating_sub(MINUTES));
    rows.extend(minutes.map(|point| row(&minute(&point.start, zone), &point.figures)));
    let mut text = table(&function.function, rows);
    for (outcome, count) in &function.figures.errors {
        text.push_str(&format!("{outcome}: {count}\n"));
    }
    if function.lines_dropped > 0 {
        text.push_str(&format!(
            "lines of its log that were not kept: {}\n",
            function.lines_dropped
        ));
    }
    text
}

fn minute(start: &str, zone: &TimeZone) -> String {
    let time: Result<Timestamp, _> = start.parse();
    time.map_or_else(
        |_| start.to_owned(),
        |time| time.to_zoned_datetime(zone.clone()).strftime("%H:%M").to_string(),
    )
}

fn row(name: &str, figures: &Figures) -> [String; 8] {
    let cancelled = figures.errors.get(CANCELLED).copied().unwrap_or_default();
    let errors = figures.errors.values().sum::<u64>() - cancelled;
    [
        name.to_owned(),
        figures.invocations.to_string(),
        errors.to_string(),
        cancelled.to_string(),
        figures.cold_starts.to_string(),
        duration(figures.p50_us),
        duration(figures.p95_us),
        duration(figures.p99_us),
    ]
}

/// With three digits that count.
fn duration(us: Option<u64>) -> String {
    let Some(us) = us else { return "-".to_owned() };
    let thousandths = |n: u64, unit: &str| match n {
        0..10_000 => format!("{}.{:02} {unit}", n / 1000, n % 1000 / 10),
        10_000..100_000 => format!("{}.{} {unit}", n / 1000, n % 1000 / 100),
        _ => format!("{} {unit}", n / 1000),
    };
    match us {
        0..1_000 => format!("{us} \u{b5}s"),
        1_000..1_000_000 => thousandths(us, "ms"),
        _ => thousandths(us / 1000, "s"),
    }
}

/// The first column to the left, figures to the right.
fn table(name: &str, mut rows: Vec<[String; 8]>) -> String {
    let mut head = vec![name.to_owned()];
    head.extend(HEAD.map(str::to_owned));
    rows.insert(0, head.try_into().expect("as many columns"));
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; 8] = std::array::from_fn(width);
    let line = |row: &[String; 8]| {
        let figures = row.iter().zip(widths).skip(1);
        let figures: String = figures.map(|(cell, width)| format!("  {cell:>width$}")).collect();
        format!("{:width$}{figures}\n", row[0], width = widths[0])
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_a_unit() {
        let said =
            [999, 1_234, 12_345, 123_456, 1_234_567, 30_000_000].map(|us| duration(Some(us)));
        assert_eq!(said, ["999 \u{b5}s", "1.23 ms", "12.3 ms", "123 ms", "1.23 s", "30.0 s"]);
        assert_eq!(duration(None), "-");
    }

    #[test]
    fn a_client_that_goes_is_no_error_of_the_function() {
        let errors = [("cancelled", 3), ("timeout", 2), ("server_error", 1)];
        let errors = errors.map(|(outcome, n)| (outcome.to_owned(), n)).into();
        let figures =
            Figures { invocations: 10, errors, p50_us: Some(2_500), ..Figures::default() };
        let table = table("function", vec![row("hello", &figures)]);
        assert_eq!(
            table,
            "function  invocations  errors  cancelled  cold      p50  p95  p99\n\
             hello              10       3          3     0  2.50 ms    -    -\n"
        );
    }
}
