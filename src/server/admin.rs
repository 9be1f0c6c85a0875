//! The port for the kubelet and for Prometheus.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::{Readiness, process};
use crate::metrics::{self, Metrics};

/// `/livez`, `/readyz` and `/metrics`.
pub(super) fn router(readiness: Readiness, metrics: Metrics) -> Router {
    Router::new()
        // Alive is who answers: what is missing besides is no reason to be restarted.
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(ready).with_state(readiness))
        .route("/metrics", get(numbers).with_state(metrics))
}

async fn ready(State(readiness): State<Readiness>, RawQuery(query): RawQuery) -> Response {
    let verbose =
        query.is_some_and(|query| query.split('&').any(|pair| pair.split('=').next() == Some("verbose")));
    match (readiness.is_ready(), verbose) {
        (true, false) => "ok\n".into_response(),
        (true, true) => (readiness.report() + "readyz check passed\n").into_response(),
        (false, _) => {
            (StatusCode::SERVICE_UNAVAILABLE, readiness.report() + "readyz check failed\n").into_response()
        }
    }
}

async fn numbers(State(metrics): State<Metrics>) -> Response {
    process::measure(&metrics);
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics.encode()).into_response()
}
