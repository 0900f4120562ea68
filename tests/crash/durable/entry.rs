//! One function: what has to be there of it, and what a change makes of that.

use bunbase_manifest::Version;

use super::look::Seen;
use super::step::Change;

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
    pub exact: String,
}

impl Default for Entry {
    fn default() -> Self {
        let exact = Seen::default().exact();
        Self { served: None, versions: Vec::new(), variable: None, history: Vec::new(), exact }
    }
}

impl Entry {
    pub fn after(&self, change: &Change) -> Self {
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

    /// Whether this is what is shown, and what answers.
    pub fn shown_by<'a>(
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
