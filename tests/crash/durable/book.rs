//! What has to be there: the last state that was acknowledged, and what a change makes of it.

use std::collections::BTreeMap;

use bunbase_manifest::Version;

use super::look::Seen;
use super::step::{Change, FUNCTIONS, Step};

/// One function.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The text of the version in service.
    pub served: Option<String>,
    /// The texts of all versions, the last one that was stored first.
    pub versions: Vec<String>,
    /// The variable that is set on the server.
    pub variable: Option<String>,
    /// Texts in the order in which they were in service.
    history: Vec<String>,
    /// Everything that was shown, with its times.
    exact: String,
}

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

impl Default for Entry {
    fn default() -> Self {
        let exact = Seen::default().exact();
        Self { served: None, versions: Vec::new(), variable: None, history: Vec::new(), exact }
    }
}

impl Entry {
    fn after(&self, change: &Change) -> Self {
        let mut after = self.clone();
        match change {
            Change::Deploy(text) => {
                after.versions.insert(0, text.clone());
                after.serve(text.clone());
            }
            Change::Rollback(Some((_, text))) => after.serve(text.clone()),
            Change::Rollback(None) => after.serve(self.before().expect("one before").clone()),
            Change::Remove => after.served = None,
            Change::Set(value) => after.variable = Some(value.clone()),
        }
        after
    }

    fn serve(&mut self, text: String) {
        self.history.push(text.clone());
        self.served = Some(text);
    }

    /// What a rollback goes to that names no version.
    pub fn before(&self) -> Option<&String> {
        let served = self.served.as_ref()?;
        let last = self.history.iter().rposition(|text| text == served)?;
        self.history[..last].iter().rfind(|text| *text != served)
    }

    /// The versions of its function that could be in service and are not.
    pub fn not_served(&self) -> impl Iterator<Item = &String> {
        self.versions.iter().filter(|text| Some(*text) != self.served.as_ref())
    }
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

impl Entry {
    /// Whether this is what is shown, and what answers.
    fn shown_by<'a>(
        &self,
        seen: &Seen,
        text: impl Fn(&Version) -> Option<&'a String>,
    ) -> Result<(), String> {
        let versions: Vec<_> = seen.versions.iter().map(|one| text(&one.version)).collect();
        let served = seen.shown.as_ref().and_then(|shown| text(&shown.version)).cloned();
        let answer = self
            .served
            .as_ref()
            .map(|text| format!("{text} {}", self.variable.as_deref().unwrap_or("undefined")));
        let same = versions.iter().copied().eq(self.versions.iter().map(Some))
            && served == self.served
            && seen.variable == self.variable
            && seen.answer == answer;
        if same { Ok(()) } else { Err(format!("wanted {self:?}, found {}", seen.exact())) }
    }
}
