//! Reading settings from TOML so that a person gets every mistake at once.
//!
//! A [`Reader`] is asked for each key by name, with its default. What was asked for is what is known:
//! [`Reader::finish`] reports every other key, with the nearest known one as a suggestion.
//!
//! # Layout
//! - [`reader`]: the table walk, mistakes and effective values
//! - [`value`]: how a TOML value becomes a Rust type
//! - [`units`]: [`Millis`] and [`ByteSize`], the units that settings are written in

mod reader;
mod units;
mod value;

pub use reader::{DEFAULT, Effective, Mistake, Mistakes, Reader, Report};
pub use units::{ByteSize, Millis};
pub use value::FromSetting;
