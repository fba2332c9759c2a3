//! Placeholder replaced by the limits.
