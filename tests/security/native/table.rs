//! The matrix as text: a row an attempt, a column a layer.

use std::fmt::Write;

use bunbase_attacker::Attempt;
use bunbase_jail::Layer;

/// What came of an attempt in one set of layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Escaped(String),
    Stopped(String),
}

impl Verdict {
    pub fn escaped(&self) -> bool {
        matches!(self, Self::Escaped(_))
    }
}

/// What came of an attempt.
pub struct Row {
    pub attempt: &'static Attempt,
    pub bare: Verdict,
    pub all: Verdict,
    /// With one layer on.
    pub alone: Vec<Verdict>,
    /// With one layer off.
    pub without: Vec<Verdict>,
}

impl Row {
    /// How many layers stop it, each by itself.
    pub fn stopped_by(&self) -> usize {
        self.alone.iter().filter(|verdict| !verdict.escaped()).count()
    }
}

const LEGEND: &str = "\
Each attempt was made with no layer (bare: + it succeeds, - it can't even so), with all (all), with one layer alone, and with all but one.
x: stopped.  .: it succeeds.  !: it succeeds though it was to be stopped.\n\n";

/// All of it.
pub fn text(who: &str, rows: &[Row]) -> String {
    let mut text = format!("Attempts to escape by machine code, {who}\n\n{LEGEND}");
    let mut family = "";
    for row in rows {
        if family != row.attempt.family {
            family = row.attempt.family;
            head(&mut text, family);
        }
        line(&mut text, row);
    }
    foot(&mut text, rows);
    text
}

fn head(text: &mut String, family: &str) {
    let names: Vec<String> =
        Layer::ALL.iter().map(|layer| format!(" {:>3.3}", layer.name())).collect();
    let names = names.concat();
    writeln!(text, "{family:<38} bare all | alone:{names} | all but:{names}").expect("memory");
}

fn line(text: &mut String, row: &Row) {
    let Row { attempt, bare, all, alone, without } = row;
    let mark = |verdict: &Verdict, bad: &'static str| if verdict.escaped() { bad } else { "x" };
    let marks = |verdicts: &[Verdict], bad: &'static str| -> String {
        verdicts.iter().map(|verdict| format!("{:>4}", mark(verdict, bad))).collect()
    };
    let bare = if bare.escaped() { "+" } else { "-" };
    let (all, alone, without) = (mark(all, "!"), marks(alone, "."), marks(without, "."));
    let name = attempt.name;
    writeln!(text, "  {name:<36} {bare:>4} {all:>3} |       {alone} |         {without}")
        .expect("memory");
}

/// How many each layer stops of those that succeed bare.
fn foot(text: &mut String, rows: &[Row]) {
    let possible: Vec<&Row> = rows.iter().filter(|row| row.bare.escaped()).collect();
    let alone = |at: usize| possible.iter().filter(|row| !row.alone[at].escaped()).count();
    let counts: String = (0..Layer::ALL.len()).map(|at| format!("{:>4}", alone(at))).collect();
    let label = "stopped, of those that succeed bare";
    writeln!(text, "\n{label:<38} {:>4}     |       {counts}", possible.len()).expect("memory");
    for least in 1..=3 {
        let count = possible.iter().filter(|row| row.stopped_by() >= least).count();
        writeln!(text, "{count:>4} by at least {least} alone").expect("memory");
    }
}
