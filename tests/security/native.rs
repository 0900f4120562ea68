//! Attacks by machine code.
