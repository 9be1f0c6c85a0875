//! The reference of the configuration.
