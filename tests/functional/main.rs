//! What users do, works; what they do wrong, is answered clearly.

mod backup;
mod bytecode;
mod check;
mod command;
mod conflicts;
mod daemons;
mod deploys;
mod dev;
mod env;
mod errors;
mod examples;
mod http;
mod ipc;
mod limits;
mod logs;
mod modules;
mod new;
mod path;
mod secrets;
mod source_maps;
mod stats;
mod streaming;
mod telemetry;
mod uploads;
mod versions;
