//! What one function is asked for beyond its share, it pays for itself.
