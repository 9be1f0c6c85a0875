//! The command as people and pipelines use it: the built binary, its exit codes and its output.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part ends the test")]

mod adopt;
mod audit;
mod certs;
mod check;
mod config;
mod examples;
mod fix;
#[path = "../support/golden.rs"]
mod golden;
mod other;
mod support;
mod webhook_config;
