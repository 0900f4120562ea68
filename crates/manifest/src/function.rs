//! The manifest: everything that is decided about a function when it is deployed.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use bunbase_settings::{ByteSize, Millis};
use serde::{Deserialize, Serialize};

use crate::{GrantedHost, GrantedPath, Name};

/// Everything that `function.toml` says, with defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The function's name.
    pub name: Name,
    /// The entry module, relative to the folder; of interest to the bundler alone.
    pub main: String,
    /// What runs it.
    pub runtime: Runtime,
    /// What it may.
    pub profile: Profile,
    /// How it is reached.
    pub http: Http,
    /// What it may use up.
    pub limits: Limits,
    /// How many workers it gets.
    pub scale: Scale,
    /// What a custom profile grants.
    pub permissions: Permissions,
    /// The handler's `env`, without secrets.
    pub env: BTreeMap<String, String>,
    /// Secrets that must be set before it can be deployed.
    pub required_secrets: Vec<String>,
}

/// What runs a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Runtime {
    /// QuickJS-NG: milliseconds and megabytes.
    Quickjs,
    /// Bun: everything that Node can do.
    Bun,
}

/// What a function may do beyond computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// No filesystem, no network, no child processes.
    Strict,
    /// For development.
    Permissive,
    /// Strict, and what [`Permissions`] lists.
    Custom,
}

/// How a function is reached over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Methods that it answers; empty for all.
    pub methods: Vec<String>,
    /// The largest request body.
    pub max_body: ByteSize,
    /// Who may call it.
    pub auth: Auth,
    /// Which pages of other origins may call it.
    pub cors: Cors,
}

/// Who may call a function over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// Everybody.
    None,
    /// Holders of an API key.
    Key,
}

/// Cross-origin calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Origins that may call; empty for none, `*` for all.
    pub origins: Vec<String>,
}

/// What one worker may use up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// From the start of an invocation to its answer. Every other deadline derives from it.
    pub timeout: Millis,
    /// CPU time of one invocation.
    pub cpu_time: Millis,
    /// Memory of a worker.
    pub memory: ByteSize,
    /// Open files of a worker.
    pub files: u32,
    /// Bytes of the body of one answer.
    #[serde(default = "Limits::default_output")]
    pub output: ByteSize,
}

/// How many workers a function gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Invocations in flight in one worker.
    pub concurrency: u32,
    /// Workers kept even without requests.
    pub min: u32,
    /// Workers at most.
    pub max: u32,
    /// How long a worker without work is kept.
    pub idle: Millis,
    /// Requests that may wait for a worker.
    pub queue: u32,
}

/// What `profile = "custom"` grants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// Hosts that it may reach.
    pub net: Vec<GrantedHost>,
    /// Paths on the server that it may read.
    pub read: Vec<GrantedPath>,
    /// Paths on the server that it may read and write.
    pub write: Vec<GrantedPath>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            methods: Vec::new(),
            max_body: ByteSize::mib(10),
            auth: Auth::None,
            cors: Cors::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Millis::from_secs(30),
            cpu_time: Millis::from_secs(5),
            memory: ByteSize::mib(128),
            files: 64,
            output: Self::default_output(),
        }
    }
}

impl Limits {
    /// Also for what was deployed before there was this limit.
    fn default_output() -> ByteSize {
        ByteSize::mib(4096)
    }
}

impl Default for Scale {
    fn default() -> Self {
        Self { concurrency: 10, min: 0, max: 4, idle: Millis::from_secs(60), queue: 100 }
    }
}

/// Gives an enum the words it is written with, in both directions.
macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ }) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word),+ })
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err(format!("{other:?} is not one of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

words!(Runtime { Quickjs = "quickjs", Bun = "bun" });
words!(Profile { Strict = "strict", Permissive = "permissive", Custom = "custom" });
words!(Auth { None = "none", Key = "key" });
