//! What has to be there: the last state that was acknowledged, and what a change makes of it.

use std::collections::BTreeMap;

use bunbase_manifest::Version;

use super::entry::Entry;
use super::look::Seen;
use super::step::{FUNCTIONS, Step};

/// All of them.
#[derive(Debug, Clone)]
pub struct Book {
    functions: BTreeMap<&'static str, Entry>,
    /// Which version answers with which text.
    known: BTreeMap<Version, String>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Made,
    NotMade,
}

impl Book {
    /// Of what is seen before anything is changed: nothing.
    pub fn empty() -> Self {
        let functions = FUNCTIONS.map(|name| (name, Entry::default())).into();
        Self { functions, known: BTreeMap::new() }
    }

    pub fn of(&self, function: &str) -> &Entry {
        &self.functions[function]
    }

    /// The version that answers with a text.
    pub fn version_of(&self, text: &str) -> &Version {
        self.known.iter().find(|(_, known)| *known == text).expect("a text that was seen").0
    }

    /// Writes down what is seen after a change, if it is what was before or what the change makes of it, and nothing in between.
    /// What was acknowledged has to be made; what was refused must not be.
    pub fn judge(
        &mut self,
        step: &Step,
        may: &[Fate],
        seen: BTreeMap<&'static str, Seen>,
    ) -> Result<Fate, String> {
        let fates = [Fate::Made, Fate::NotMade];
        let judged = fates.map(|fate| self.compare(step, fate, &seen));
        let [Err(not_made), Err(not_before)] = &judged else {
            let fate = if judged[0].is_ok() { Fate::Made } else { Fate::NotMade };
            if !may.contains(&fate) {
                return Err(format!("{step:?} is {fate:?}, only {may:?} may be; {seen:#?}"));
            }
            self.write_down(step, fate, seen);
            return Ok(fate);
        };
        Err(format!("{step:?} is neither made ({not_made}) nor not made ({not_before})"))
    }

    fn compare(
        &self,
        step: &Step,
        fate: Fate,
        seen: &BTreeMap<&'static str, Seen>,
    ) -> Result<(), String> {
        for (name, entry) in &self.functions {
            let seen = &seen[name];
            if fate == Fate::NotMade || *name != step.function {
                if seen.exact() != entry.exact {
                    return Err(format!("{name} was {}, is {}", entry.exact, seen.exact()));
                }
                continue;
            }
            entry.after(&step.change).shown_by(seen, |version| self.text(seen, version))?;
        }
        Ok(())
    }

    /// What a version answers with: known since it was first seen; of one that is new, its message.
    fn text<'a>(&'a self, seen: &'a Seen, version: &Version) -> Option<&'a String> {
        let of_new = || seen.versions.iter().find(|one| one.version == *version)?.message.as_ref();
        self.known.get(version).or_else(of_new)
    }

    fn write_down(&mut self, step: &Step, fate: Fate, mut seen: BTreeMap<&'static str, Seen>) {
        let seen = seen.remove(step.function).expect("all are seen");
        for summary in &seen.versions {
            if let Some(text) = self.text(&seen, &summary.version).cloned() {
                self.known.insert(summary.version.clone(), text);
            }
        }
        let entry = self.functions.get_mut(step.function).expect("it is one of them");
        if fate == Fate::Made {
            *entry = entry.after(&step.change);
            entry.exact = seen.exact();
        }
    }
}
