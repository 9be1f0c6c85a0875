//! The real webhook without its port: reviews go in as bytes and come out as JSON.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part ends the test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use seawall::cluster::Snapshot;
use seawall::config::{self, Overrides};
use seawall::engine::Rules;
use seawall::metrics::Metrics;
use seawall::server::{Active, DecisionLog, Endpoint, Exchange, LineFormat, Reviewer, Webhook};
use serde_json::Value;

/// The instant of every review.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// A webhook with a configuration, as text and flags.
pub(crate) fn webhook(configuration: Option<&str>, overrides: &Overrides) -> Webhook {
    let loaded = match configuration {
        Some(text) => config::parse(text, "seawall.yaml", overrides, now()),
        None => config::load(None, overrides, now()),
    };
    let config = loaded.unwrap_or_else(|errors| panic!("{errors}")).config;
    let rules = Rules::new(config.table, config.digest.to_string());
    Webhook {
        active: Arc::new(ArcSwap::from_pointee(Active {
            rules,
            docs_url: config.docs_url,
            excluded: Vec::new(),
        })),
        facts: Arc::new(ArcSwap::from_pointee(Snapshot::default())),
        metrics: Metrics::default(),
        log: DecisionLog::start(LineFormat::Json, std::io::sink()).unwrap(),
        clock: now,
    }
}

/// Sends a body to one of the paths; the HTTP status and the body of the answer.
pub(crate) fn send(webhook: &Webhook, endpoint: Endpoint, body: &[u8]) -> (u16, Value) {
    let received = Instant::now();
    let deadline = received + Duration::from_secs(30);
    let answer = webhook.review(Exchange { endpoint, body, oversize: false, deadline, received });
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}
