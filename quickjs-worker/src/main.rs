//! quickjs-worker
fn main() {}
