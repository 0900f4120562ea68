//! The worker as its host sees it: the real binary over a real stream.

mod console;
mod failures;
mod handlers;
mod host;
mod instructions;
mod invocations;
mod loading;
mod process;
mod protocol;
mod speed;
mod subtle;
mod web;
mod zygote;
