//! A change of one function, as a client asks for it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use bunbase_client::{Client, DeployRequest, Error, RollbackRequest};
use bunbase_manifest::{Name, Version};

use super::book::Book;
use super::dice::Dice;

/// The functions that are changed.
pub const FUNCTIONS: [&str; 3] = ["a", "b", "c"];

/// The variable that is set on the server.
pub const VARIABLE: &str = "A";

/// Texts are never used twice.
static TEXTS: AtomicUsize = AtomicUsize::new(1);

/// What is done.
#[derive(Debug, Clone)]
pub enum Change {
    /// A version that answers with this text, and whose message it is.
    Deploy(String),
    /// A version that is stored, or the one before.
    Rollback(Option<(Version, String)>),
    /// Out of service.
    Remove,
    /// The variable gets this value.
    Set(String),
}

/// What is done to which function.
#[derive(Debug, Clone)]
pub struct Step {
    pub function: &'static str,
    pub change: Change,
}

pub fn new_text() -> String {
    format!("text{:05}", TEXTS.fetch_add(1, Ordering::Relaxed))
}

impl Step {
    pub fn deploy(function: &'static str) -> Self {
        Self { function, change: Change::Deploy(new_text()) }
    }

    /// One that can be made, and changes something.
    pub fn any(dice: &mut Dice, book: &Book) -> Self {
        let function = FUNCTIONS[dice.below(FUNCTIONS.len())];
        let there = book.of(function);
        let others: Vec<&String> = there.not_served().collect();
        let named = |text: &&String| (book.version_of(text).clone(), (*text).clone());
        let change = match dice.below(10) {
            0 | 1 => dice.of(&others).map(|text| Change::Rollback(Some(named(text)))),
            2 => there.before().map(|_| Change::Rollback(None)),
            3 => there.served.is_some().then_some(Change::Remove),
            4 | 5 => Some(Change::Set(new_text())),
            _ => None,
        };
        Self { function, change: change.unwrap_or_else(|| Change::Deploy(new_text())) }
    }

    /// Which of the four it is.
    pub fn kind(&self) -> &'static str {
        match self.change {
            Change::Deploy(_) => "deploy",
            Change::Rollback(_) => "rollback",
            Change::Remove => "remove",
            Change::Set(_) => "env set",
        }
    }

    /// Asks for it. OK is ipcd's acknowledgement.
    pub fn make(&self, client: &mut Client) -> Result<(), Error> {
        let function: Name = self.function.parse().unwrap();
        match &self.change {
            Change::Deploy(text) => deploy(client, self.function, text),
            Change::Rollback(to) => {
                let version = to.as_ref().map(|(version, _)| version.to_string());
                // The message is the text: what is listed is seen to belong together.
                let message = to.as_ref().map(|(_, text)| text.clone());
                client.rollback(&RollbackRequest { function, version, message }).map(drop)
            }
            Change::Remove => client.remove(function),
            Change::Set(value) => set(client, self.function, value),
        }
    }
}

/// Sets the variable of a function.
pub fn set(client: &mut Client, function: &str, value: &str) -> Result<(), Error> {
    let variables = BTreeMap::from([(VARIABLE.to_owned(), value.to_owned())]);
    client.set_env(function.parse().unwrap(), variables).map(drop)
}

fn deploy(client: &mut Client, function: &str, text: &str) -> Result<(), Error> {
    let bundle = format!(
        "export default {{ fetch(request, env) {{ return new Response('{text} ' + env.{VARIABLE}); }} }};\n"
    );
    let source_map =
        format!("{{\"version\":3,\"sources\":[\"{text}.ts\"],\"names\":[],\"mappings\":\"\"}}");
    let toml = "[scale]\nidle = \"200ms\"\nmax = 2";
    let manifest = bunbase_manifest::parse(toml, function, "index.js").unwrap();
    let bundle_bytes = u32::try_from(bundle.len()).unwrap();
    let request =
        DeployRequest { manifest, bundle_bytes, message: Some(text.to_owned()), dry_run: false };
    client.deploy(&request, bundle.as_bytes(), source_map.as_bytes()).map(drop)
}
