//! What one function costs another.
