//! schedulerd
#[allow(dead_code)]
mod pool;
fn main() {}
