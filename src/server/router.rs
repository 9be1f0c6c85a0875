//! From an HTTP request to a [`Reviewer`] and back.
//!
//! What is refused here is refused before any of it is parsed. Everything else is answered with what the
//! reviewer says, whatever happens while it is judged.

use std::net::{IpAddr, Ipv4Addr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;

use super::body::{self, Lost};
use super::limits::{Limits, Peer, Resource};
use super::{Answer, Endpoint, Exchange, Reviewer, ServerOptions, timeout};
use crate::metrics::{Metrics, Raised};

/// What the handlers share.
struct Reviews {
    reviewer: Arc<dyn Reviewer>,
    options: ServerOptions,
    metrics: Metrics,
    /// The peer of requests that come without a connection, as in tests.
    nobody: Arc<Peer>,
}

/// Why a request is turned away.
#[derive(Clone, Copy)]
enum Refusal {
    ContentType,
    TooMany,
    Body(Lost),
}

/// The paths that reviews are sent to.
pub fn review_router(reviewer: Arc<dyn Reviewer>, options: ServerOptions, metrics: Metrics) -> Router {
    let limits = Arc::new(Limits::of(&options));
    let nobody = limits.peer(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let reviews = Arc::new(Reviews { reviewer, options, metrics, nobody });
    let path = |endpoint| {
        post(move |State(reviews): State<Arc<Reviews>>, request: Request| async move {
            reviews.answer(endpoint, request).await
        })
        .fallback(async || (StatusCode::METHOD_NOT_ALLOWED, "reviews are sent by POST\n"))
    };
    Router::new()
        .route("/validate", path(Endpoint::Open))
        .route("/validate/closed", path(Endpoint::Closed))
        .fallback(async || (StatusCode::NOT_FOUND, "reviews are sent to /validate or /validate/closed\n"))
        .with_state(reviews)
}

impl Reviews {
    async fn answer(&self, endpoint: Endpoint, request: Request) -> Response {
        let received = Instant::now();
        match self.try_answer(endpoint, request, received).await {
            Ok(answer) => {
                self.metrics.review_took(received.elapsed());
                respond(answer)
            }
            Err(refusal) => {
                self.metrics.requests_refused.with_label_values(&[refusal.reason()]).inc();
                refusal.into_response()
            }
        }
    }

    async fn try_answer(
        &self,
        endpoint: Endpoint,
        request: Request,
        received: Instant,
    ) -> Result<Answer, Refusal> {
        let (head, body) = request.into_parts();
        if !is_json(&head.headers) {
            return Err(Refusal::ContentType);
        }
        let peer = head.extensions.get::<Arc<Peer>>().unwrap_or(&self.nobody);
        let allowance = timeout::allowance(head.uri.query());
        let deadline = received + allowance;
        let body_deadline = (received + allowance.min(self.options.body_timeout)).into();

        let Some(_share) = peer.take(Resource::Reviews, 1) else {
            // Read to its end, or the client might see a broken connection instead of this answer.
            body::discard(body, self.options.body_limit as u64, body_deadline)
                .await
                .map_err(Refusal::Body)?;
            return Err(Refusal::TooMany);
        };
        let _in_flight = Raised::new(&self.metrics.reviews_in_flight);
        let arrived = body::receive(body, &self.options, peer, body_deadline).await.map_err(Refusal::Body)?;

        if arrived.bytes.len() <= self.options.offload_above {
            let oversize = arrived.oversize;
            return Ok(judge(
                &*self.reviewer,
                Exchange { endpoint, body: &arrived.bytes, oversize, deadline, received },
            ));
        }
        let reviewer = Arc::clone(&self.reviewer);
        let judged = tokio::task::spawn_blocking(move || {
            let oversize = arrived.oversize;
            judge(&*reviewer, Exchange { endpoint, body: &arrived.bytes, oversize, deadline, received })
        });
        // Judging never panics, so the error means that the server is being torn down.
        Ok(judged.await.unwrap_or_else(|_| Answer::fault()))
    }
}

impl Answer {
    /// The answer when there is none: a call failure, for the webhook's failure policy to decide.
    fn fault() -> Self {
        Self { status: 500, body: Bytes::from_static(b"\"internal error\"") }
    }
}

/// Asks the reviewer, and asks it again for the other answer if the first ends in a panic.
fn judge(reviewer: &dyn Reviewer, exchange: Exchange<'_>) -> Answer {
    // What a panic leaves behind is the reviewer's to clean up; nothing here is shared with it.
    catch_unwind(AssertUnwindSafe(|| reviewer.review(exchange)))
        .or_else(|_| {
            tracing::error!(endpoint = ?exchange.endpoint, "judging a review panicked");
            catch_unwind(AssertUnwindSafe(|| reviewer.cannot_judge(exchange)))
        })
        .unwrap_or_else(|_| Answer::fault())
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Whether the body says it is JSON; parameters are of no interest.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let media_type = value.split(|&byte| byte == b';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

impl Refusal {
    /// The value of the label `reason`.
    fn reason(self) -> &'static str {
        match self {
            Self::ContentType => "content_type",
            Self::TooMany => "concurrency",
            Self::Body(Lost::Slow) => "body_timeout",
            Self::Body(Lost::Endless) => "body_length",
            Self::Body(Lost::NoMemory) => "body_memory",
            Self::Body(Lost::Broken) => "body_broken",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // The API server repeats a call that is answered so, within its deadline.
        let later = [(RETRY_AFTER, "1")];
        match self {
            Self::ContentType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "a review is sent as application/json\n").into_response()
            }
            Self::TooMany => {
                (StatusCode::TOO_MANY_REQUESTS, later, "too many reviews at once from this address\n")
                    .into_response()
            }
            Self::Body(Lost::NoMemory) => {
                (StatusCode::TOO_MANY_REQUESTS, later, "too many long reviews at once\n").into_response()
            }
            Self::Body(Lost::Slow | Lost::Broken) => {
                (StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time\n").into_response()
            }
            Self::Body(Lost::Endless) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than any review\n").into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_taken() {
        for (value, taken) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("Application/JSON;v=1", true),
            (" application/json ", true),
            ("application/jsonp", false),
            ("application/merge-patch+json", false),
            ("text/plain", false),
            ("text/plain; application/json", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_str(value).unwrap())]);
            assert_eq!(is_json(&headers), taken, "{value:?}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
