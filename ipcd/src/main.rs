//! ipcd
fn main() {}
