//! The cage with the real Bun in it, started by root and by an ordinary user.

mod attacks;
mod figures;
mod good_faith;
mod grants;
mod list;
mod memory;
mod native;
mod serving;
mod state;
mod who;
mod worker;
