//! Under the real systemd: its own reading of the units, and a machine booted with them.

mod boot;
mod remote;
mod takeover;
mod units;
