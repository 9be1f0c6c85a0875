//! One question to the API server, with bounds on time, tries and memory.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kube::client::Body;
use kube::core::{Status, request};
use kube::{Client, Error};
use tokio::time::{sleep, timeout};

use super::ListError;
use crate::cluster::say;

/// How long an answer may be, in bytes, unless somebody says otherwise: 500 objects of 64 KiB.
pub(crate) const MAX_LENGTH: usize = 32 * 1024 * 1024;

/// How long an answer may take: as long as the API server itself tries to give one.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a question is put that the API server could not answer.
const TRIES: u32 = 3;

/// How long the pause before the second try is; each one after it is twice as long.
const PAUSE: Duration = Duration::from_millis(500);

/// Puts questions.
pub(super) struct Asking {
    client: Client,
    /// The pause before the second try.
    pub(super) pause: Duration,
    /// How long an answer may be, in bytes.
    pub(super) max_length: usize,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// It is longer than anybody wants to hold.
    TooLong,
    /// The token is for a version of the list that is no longer kept; with this one it goes on in a later version.
    Expired(Option<String>),
    /// Something else, that may be said as it is.
    Otherwise(ListError),
    /// Something that may have passed a moment later.
    ForNow(ListError),
}

impl Unanswered {
    pub(super) fn into_error(self) -> ListError {
        match self {
            Self::TooLong => ListError::Failed("an object is too long to be read".to_owned()),
            Self::Expired(_) => {
                ListError::Failed("the list expires faster than it can be read: ask for less".to_owned())
            }
            Self::Otherwise(error) | Self::ForNow(error) => error,
        }
    }
}

impl Asking {
    pub(super) fn new(client: Client) -> Self {
        Self { client, pause: PAUSE, max_length: MAX_LENGTH }
    }

    /// Asks until there is an answer or no hope of one.
    pub(super) async fn ask(
        &self,
        question: impl Fn() -> Result<http::Request<Vec<u8>>, request::Error>,
    ) -> Result<Bytes, Unanswered> {
        let mut pause = self.pause;
        for _ in 1..TRIES {
            match self.once(&question).await {
                Err(Unanswered::ForNow(_)) => sleep(pause).await,
                answer => return answer,
            }
            pause *= 2;
        }
        self.once(&question).await
    }

    async fn once(
        &self,
        question: impl Fn() -> Result<http::Request<Vec<u8>>, request::Error>,
    ) -> Result<Bytes, Unanswered> {
        // A name or a selector that no address can hold.
        let failed = |error: request::Error| Unanswered::Otherwise(ListError::Failed(error.to_string()));
        let question = question().map_err(failed)?.map(Body::from);
        let silent = |_| {
            let reason = format!("no answer within {} seconds", PATIENCE.as_secs());
            Unanswered::ForNow(ListError::Unreachable(reason))
        };
        timeout(PATIENCE, self.answer(question)).await.map_err(silent)?
    }

    async fn answer(&self, question: http::Request<Body>) -> Result<Bytes, Unanswered> {
        let answer = self.client.send(question).await.map_err(|error| unreachable(&error))?;
        let status = answer.status();
        let text = Limited::new(answer.into_body(), self.max_length).collect().await;
        let text = text.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return Unanswered::TooLong;
            }
            let reason = format!("its answer breaks off: {error}");
            Unanswered::ForNow(ListError::Unreachable(reason))
        })?;
        if status.is_success() { Ok(text.to_bytes()) } else { Err(refusal(status, &text.to_bytes())) }
    }
}

fn unreachable(error: &Error) -> Unanswered {
    match error {
        // Credentials are got before anything is asked, and nobody else can do it.
        Error::Auth(_) => Unanswered::Otherwise(ListError::Unreachable(say(error))),
        error => Unanswered::ForNow(ListError::Unreachable(say(error))),
    }
}

/// What the API server says instead of an answer.
fn refusal(code: StatusCode, text: &[u8]) -> Unanswered {
    let status: Status = serde_json::from_slice(text).unwrap_or_default();
    let token = status.metadata.as_ref().and_then(|it| it.continue_.clone()).filter(|it| !it.is_empty());
    let said = say(&Error::Api(status.with_code(code.as_u16()).boxed()));
    match code {
        StatusCode::GONE => Unanswered::Expired(token),
        StatusCode::NOT_FOUND => Unanswered::Otherwise(ListError::Absent),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Unanswered::Otherwise(ListError::Refused(said)),
        StatusCode::TOO_MANY_REQUESTS => Unanswered::ForNow(ListError::Failed(said)),
        code if code.is_server_error() => Unanswered::ForNow(ListError::Failed(said)),
        _ => Unanswered::Otherwise(ListError::Failed(said)),
    }
}
