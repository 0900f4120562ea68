//! What users do, works; what they do wrong, is answered clearly.

mod bytecode;
mod command;
mod completion;
mod configuration;
mod daemons;
mod deploys;
mod doctor;
mod env;
mod errors;
mod examples;
mod http;
mod ipc;
mod json;
mod limits;
mod logs;
mod manners;
mod modules;
mod path;
mod remote;
mod secrets;
mod source_maps;
mod stats;
mod streaming;
mod telemetry;
mod uploads;
mod versions;
