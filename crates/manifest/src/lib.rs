//! What a function is and what it may: `function.toml`, parsed into types that can't be wrong.
//!
//! The same [`Manifest`] travels as JSON in a deploy and lies as JSON in the registry.
//!
//! # Layout
//! - [`name`]: function names and version hashes
//! - [`function`]: the manifest itself
//! - [`permission`]: paths and hosts; [`capabilities`]: what a worker is given
//! - [`parse`]: `function.toml` to a manifest, all mistakes at once
//! - [`check`]: what holds between fields, wherever the manifest came from
//! - [`env`]: a handler's environment, from the manifest and from the server; [`secrets`]: what nobody is shown of it

mod capabilities;
mod check;
mod env;
mod function;
mod name;
mod parse;
mod permission;
mod secrets;

pub use bunbase_settings::{ByteSize, Millis, Mistake, Mistakes};
pub use capabilities::{Capabilities, FileView, View};
pub use check::{Invalid, MAX_MANIFEST_BYTES};
pub use env::{MAX_ENV_BYTES, Variables, check_variables};
pub use function::{Auth, Cors, Http, Limits, Manifest, Permissions, Profile, Runtime, Scale};
pub use name::{BadName, BadVersion, Name, Version};
pub use parse::{FILE_NAME, ParseError, parse};
pub use permission::{BadPermission, GrantedHost, GrantedPath};
pub use secrets::{BadSecret, MAX_SECRET_BYTES, MAX_SECRETS_BYTES, Secret, Secrets, check_secrets};
