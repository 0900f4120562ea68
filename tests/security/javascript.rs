//! Attacks by JavaScript.
