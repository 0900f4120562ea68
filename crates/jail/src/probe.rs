//! Which layers this machine has: each is tried by a process of its own.
