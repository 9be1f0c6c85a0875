//! The ports, as a client sees them: real sockets on loopback, a reviewer that says what it was given.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part ends the test")]

mod admin;
mod drain;
mod http;
mod limits;
mod reviews;
mod support;
mod tls;
#[path = "../support/webhook.rs"]
mod webhook;
