//! What became of a test file.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What stands for the file where its harness had to give up.
const WHOLE: &str = "(the file as a whole)";

/// What became of a test file.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// `OK`, or what kept the harness from getting through the file.
    harness: String,
    /// What the harness says of it.
    message: Option<String>,
    /// In the order in which they were made.
    pub subtests: Vec<Subtest>,
}

/// One of a file's tests.
#[derive(Debug, Clone, Deserialize)]
pub struct Subtest {
    /// What it claims.
    pub name: String,
    /// `PASS`, `FAIL`, `TIMEOUT`, `NOTRUN`, `PRECONDITION_FAILED`; or that of the harness.
    pub status: String,
    /// Why it failed.
    pub message: Option<String>,
}

impl Outcome {
    /// What `frame.js` reports.
    pub fn reported(json: &[u8]) -> Self {
        let outcome: Self = serde_json::from_slice(json).expect("the frame's report");
        outcome.whole().named_apart()
    }

    /// Of a file that could not be run to its end.
    pub fn broken(why: &str) -> Self {
        let (harness, message) = ("CRASH".to_owned(), Some(why.to_owned()));
        Self { harness, message, subtests: Vec::new() }.whole()
    }

    /// How many subtests passed.
    pub fn passed(&self) -> usize {
        self.subtests.iter().filter(|subtest| subtest.passed()).count()
    }

    /// The subtests that did not pass.
    pub fn failed(&self) -> impl Iterator<Item = &Subtest> {
        self.subtests.iter().filter(|subtest| !subtest.passed())
    }

    /// A harness that gave up is a failure like any other.
    fn whole(mut self) -> Self {
        if self.harness != "OK" || self.subtests.is_empty() {
            let (name, status) = (WHOLE.to_owned(), self.harness.clone());
            self.subtests.push(Subtest { name, status, message: self.message.clone() });
        }
        self
    }

    /// Subtests of the same name get numbers.
    fn named_apart(mut self) -> Self {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for subtest in &mut self.subtests {
            let count = seen.entry(subtest.name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                subtest.name = format!("{} ({count})", subtest.name);
            }
        }
        self
    }
}

impl Subtest {
    /// Whether it passed.
    pub fn passed(&self) -> bool {
        self.status == "PASS"
    }

    /// Why it did not.
    pub fn why(&self) -> String {
        match &self.message {
            Some(message) => message.clone(),
            None => self.status.clone(),
        }
    }
}
