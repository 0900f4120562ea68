//! What users do, works; what they do wrong, is answered clearly.

mod command;
mod daemons;
mod errors;
mod http;
mod ipc;
mod path;
mod versions;
