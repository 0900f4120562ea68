//! The worker as its host sees it: the real binary over a real stream.

mod compiled;
mod console;
mod cpu_time;
mod dom;
mod failures;
mod file_reader;
mod handlers;
mod host;
mod instructions;
mod invocations;
mod loading;
mod node;
mod process;
mod protocol;
mod speed;
mod subtle;
mod uploads;
mod web;
mod web_globals;
mod zygote;
