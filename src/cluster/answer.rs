//! What went wrong between us and the API server, in words that may be written anywhere.

use std::error::Error;
use std::iter::successors;

use kube::runtime::watcher;

/// What went wrong, without what a decoder may quote of an answer: it may be of a Secret.
pub fn say(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => status.message.clone(),
        kube::Error::Api(status) => format!("the API server answers {}", status.code),
        kube::Error::SerdeError(_) => "the answer cannot be decoded".to_owned(),
        kube::Error::Service(error) => chain(&**error),
        error => error.to_string(),
    }
}

/// An error and what is behind it: that there was no connection does not say why.
fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = successors(Some(error), |&error| error.source());
    let mut said: Vec<String> = causes.map(ToString::to_string).collect();
    // Some say what is behind them themselves.
    said.dedup_by(|cause, error| error.contains(cause.as_str()));
    said.join(": ")
}

/// The same for a watch.
pub fn say_watch(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => say(error),
        watcher::Error::WatchError(status) => status.message.clone(),
        watcher::Error::NoResourceVersion => "it has no version".to_owned(),
    }
}

/// Whether the API server refuses a watch, so that waiting does not help: somebody has to change the permissions.
pub fn is_refused(error: &watcher::Error) -> bool {
    let (watcher::Error::InitialListFailed(error)
    | watcher::Error::WatchStartFailed(error)
    | watcher::Error::WatchFailed(error)) = error
    else {
        return false;
    };
    matches!(code(error), Some(401 | 403))
}

/// The code with which the API server answers.
pub(super) fn code(error: &kube::Error) -> Option<u16> {
    match error {
        kube::Error::Api(status) => Some(status.code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("not reached")]
    struct Unreached(#[source] std::io::Error);

    fn refused() -> std::io::Error {
        std::io::ErrorKind::ConnectionRefused.into()
    }

    #[test]
    fn what_is_said_quotes_nothing() {
        let decoder = serde_json::from_str::<u8>("\"hunter2\"").unwrap_err();
        let status = |message: &str| Status::failure(message, "Forbidden").with_code(403).boxed();
        for (error, expected) in [
            (kube::Error::SerdeError(decoder), "the answer cannot be decoded"),
            (kube::Error::Api(status("not yours")), "not yours"),
            (kube::Error::Api(status("")), "the API server answers 403"),
            (kube::Error::Service(Box::new(Unreached(refused()))), "not reached: connection refused"),
        ] {
            assert_eq!(say(&error), expected);
            assert_eq!(say_watch(&watcher::Error::WatchFailed(error)), expected);
        }
    }
}
