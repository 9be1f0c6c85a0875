//! The two ports: reviews over TLS, and health and metrics in the clear.
//!
//! This module carries bytes to a [`Reviewer`] and its answers back; it knows nothing of policies. What it owes:
//! - no peer can starve another (`limits`), and nothing a peer sends is held without bound (`body`);
//! - a connection is never closed under a request that may be on its way (`connection`);
//! - a review is always answered: a panic becomes the answer for what cannot be judged (`router`).

mod activity;
mod admin;
mod body;
mod connection;
mod decision_log;
mod limits;
mod listener;
mod options;
mod phase;
mod port;
mod process;
mod readiness;
mod review;
mod router;
mod timeout;

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;

pub use decision_log::{DECISION_FIELDS, DecisionLog, LineFormat};
pub use options::ServerOptions;
pub use port::Server;
pub use readiness::{Readiness, ReadinessHandle};
pub use review::{Active, Webhook};
pub use router::review_router;

/// The path a review came by, which tells how its webhook fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/validate`, registered with `failurePolicy: Ignore`.
    Open,
    /// `/validate/closed`, registered with `failurePolicy: Fail`.
    Closed,
}

/// A review as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// Where it arrived.
    pub endpoint: Endpoint,
    /// The body, or its first 64 KiB where it is oversize.
    pub body: &'a [u8],
    /// Whether the body was longer than the limit, so that it cannot be judged.
    pub oversize: bool,
    /// When the answer must be on its way.
    pub deadline: Instant,
    /// When the request's head had arrived.
    pub received: Instant,
}

/// What a review is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status: 200 for whatever carries a verdict.
    pub status: u16,
    /// JSON.
    pub body: Bytes,
}

/// What judges reviews. Calls come from several threads at once and are expected to take microseconds.
pub trait Reviewer: Send + Sync + 'static {
    /// Answers a review. A panic is caught, and [`Reviewer::cannot_judge`] asked instead.
    fn review(&self, exchange: Exchange<'_>) -> Answer;

    /// Answers a review whose judging panicked, as its webhook's failure policy would have it.
    fn cannot_judge(&self, exchange: Exchange<'_>) -> Answer;
}

/// Why a port cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Another process has the port.
    #[error("cannot listen on {address} ({flag}): the port is in use by another process")]
    PortInUse {
        /// The address asked for.
        address: SocketAddr,
        /// The flag that named it.
        flag: &'static str,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address} ({flag}): {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The flag that named it.
        flag: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A thread or its runtime cannot be made.
    #[error("cannot start a thread to serve {flag}: {source}")]
    Thread {
        /// The flag that named the port.
        flag: &'static str,
        /// What the system said.
        source: io::Error,
    },
}
