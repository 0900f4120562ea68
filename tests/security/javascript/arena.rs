//! The suite, the attacker, the neighbour.

use std::cell::Cell;
use std::fs;

use bunbase_client::{Client, DeployRequest};
use bunbase_tests::{Answer, Suite};
use tempfile::TempDir;

/// What the canary file says.
pub const SECRET: &str = "canary-5b1f";

/// A piece of JavaScript, the body of an async function of `request`, `env` and `ctx`, and what it returns or throws. An end of `...` stands for
/// any end. `CANARY` is the path of a file that everybody may read.
pub struct Attack {
    pub name: &'static str,
    pub code: &'static str,
    pub seen: &'static str,
}

/// An attack of more than one request; says what is wrong.
pub struct Scene {
    pub name: &'static str,
    pub play: fn(&Arena) -> Result<(), String>,
}

pub struct Family {
    pub name: &'static str,
    pub attacks: &'static [Attack],
    pub scenes: &'static [Scene],
}

pub struct Arena {
    pub suite: Suite,
    canary: TempDir,
    deployed: Cell<usize>,
    asked: Cell<usize>,
}

/// Counts how often its worker was asked, and says what others have left in its global object.
const NEIGHBOUR: &str = "
    let asked = 0;
    const own = new Set(Reflect.ownKeys(Object.prototype));
    export default { fetch(request, env) {
        const foreign = [...Reflect.ownKeys(Object.prototype).filter((key) => !own.has(key)), ...Object.keys(globalThis)];
        return new Response(`${++asked} ${env.SECRET} ${foreign}`);
    } };";

impl Arena {
    pub fn start() -> Self {
        let canary = tempfile::tempdir().unwrap();
        fs::write(canary.path().join("canary.mjs"), format!("export default '{SECRET}';\n"))
            .unwrap();
        let (deployed, asked) = (Cell::new(0), Cell::new(0));
        let arena = Self { suite: Suite::start(), canary, deployed, asked };
        let told = arena.deploy("neighbour", NEIGHBOUR, "env.SECRET = 'neighbours-own'");
        told.unwrap();
        arena.deploy("bystander", "export default () => new Response('here');", "").unwrap();
        arena
    }

    pub fn canary(&self) -> String {
        self.canary.path().join("canary.mjs").display().to_string()
    }

    /// Deploys a module as it is.
    pub fn deploy(&self, name: &str, module: &str, toml: &str) -> Result<(), String> {
        let manifest = bunbase_manifest::parse(toml, name, "index.js").unwrap();
        let bundle_bytes = u32::try_from(module.len()).unwrap();
        let request = DeployRequest { manifest, bundle_bytes, message: None, dry_run: false };
        let mut client = Client::connect(self.suite.socket()).unwrap();
        client.deploy(&request, module.as_bytes(), b"").map(drop).map_err(|error| error.to_string())
    }

    /// Deploys an attack under a name that no other has; returns its path.
    pub fn attacker(&self, code: &str, toml: &str) -> String {
        let name = self.name();
        self.deploy(&name, &self.module(code), toml).unwrap();
        format!("/functions/{name}")
    }

    pub fn name(&self) -> String {
        self.deployed.set(self.deployed.get() + 1);
        format!("attacker-{}", self.deployed.get())
    }

    fn module(&self, code: &str) -> String {
        format!(
            "const CANARY = {:?};
            const attack = async (request, env, ctx) => {{ {code} }};
            const wordsOf = (error) => `${{error?.name}}: ${{error?.message}}`;
            export default {{ async fetch(request, env, ctx) {{
                let seen;
                try {{ seen = await attack(request, env, ctx); }} catch (error) {{ seen = wordsOf(error); }}
                return seen instanceof Response ? seen : new Response(`${{seen}}`);
            }} }};",
            self.canary()
        )
    }

    /// Runs a family; returns how many attacks that was, and what went wrong.
    pub fn run(&self, family: &Family) -> (usize, Vec<String>) {
        let attacks = family.attacks.iter().map(|attack| (attack.name, self.attack(attack)));
        let scenes = family.scenes.iter().map(|scene| (scene.name, (scene.play)(self)));
        let outcomes: Vec<_> = attacks
            .chain(scenes)
            .map(|(name, outcome)| (name, outcome.and_then(|()| self.ask_neighbour())))
            .collect();
        let wrong = outcomes.iter().filter_map(|(name, outcome)| {
            outcome.as_ref().err().map(|wrong| format!("{}, {name}: {wrong}", family.name))
        });
        (outcomes.len(), wrong.collect())
    }

    fn attack(&self, attack: &Attack) -> Result<(), String> {
        let answer = self.suite.post(&self.attacker(attack.code, ""), b"the attacker's body");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let is_it = match attack.seen.strip_suffix("...") {
            Some(beginning) => text.starts_with(beginning),
            None => text == attack.seen,
        };
        is(is_it && answer.status == 200, || format!("{} {text:?}", answer.status))
    }

    /// The neighbour is in the worker that it had, and nothing is in its global object.
    fn ask_neighbour(&self) -> Result<(), String> {
        self.asked.set(self.asked.get() + 1);
        let answer = self.suite.get("/functions/neighbour");
        let expected = format!("{} neighbours-own ", self.asked.get());
        is(answer.body == expected.as_bytes(), || format!("the neighbour says {answer:?}"))
    }

    /// No signal but that of a holder which has given up on a worker, and no panic.
    pub fn no_worker_has_crashed(&self) {
        let log = self.suite.log();
        for word in ["SIGSEGV", "SIGABRT", "SIGSYS", "SIGBUS", "SIGILL", "panicked"] {
            let line = log.lines().find(|line| line.contains(word));
            assert!(line.is_none(), "{line:?}");
        }
    }
}

/// What is wrong, if it isn't so.
pub fn is(so: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if so { Ok(()) } else { Err(wrong()) }
}

/// The answer has this status and this code in its problem.
pub fn refused(answer: &Answer, status: u16, code: &str) -> Result<(), String> {
    let text = String::from_utf8_lossy(&answer.body);
    let says = text.contains(&format!("\"code\":\"{code}\""));
    is(answer.status == status && says, || format!("{} {text}", answer.status))
}
