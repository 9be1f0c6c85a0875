//! What went wrong between us and the API server, in words that may be written anywhere.

use kube::runtime::watcher;

/// What went wrong, without what a decoder may quote of an answer: it may be of a Secret.
pub fn say(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => status.message.clone(),
        kube::Error::Api(status) => format!("the API server answers {}", status.code),
        kube::Error::SerdeError(_) => "the answer cannot be decoded".to_owned(),
        // What it is called says nothing; what it comes from says that nobody listens, or whom nobody trusts.
        kube::Error::Service(error) => with_sources(error.as_ref()),
        error => error.to_string(),
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let text = source.to_string();
        if !said.ends_with(&text) {
            said = format!("{said}: {text}");
        }
        next = source.source();
    }
    said
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
    matches!(answer(error), Some(401 | 403))
}

/// Whether a watch fails because the cluster does not have the kind.
pub(super) fn is_absent(error: &watcher::Error) -> bool {
    matches!(answer(error), Some(404))
}

/// The code with which the API server refuses a watch.
fn answer(error: &watcher::Error) -> Option<u16> {
    let (watcher::Error::InitialListFailed(error)
    | watcher::Error::WatchStartFailed(error)
    | watcher::Error::WatchFailed(error)) = error
    else {
        return None;
    };
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
    #[error("client error")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn what_is_said_quotes_nothing() {
        let decoder = serde_json::from_str::<u8>("\"hunter2\"").unwrap_err();
        let status = |message: &str| Status::failure(message, "Forbidden").with_code(403).boxed();
        for (error, expected) in [
            (kube::Error::SerdeError(decoder), "the answer cannot be decoded"),
            (kube::Error::Api(status("not yours")), "not yours"),
            (kube::Error::Api(status("")), "the API server answers 403"),
            (
                kube::Error::Service(Box::new(Outer(std::io::Error::other("refused")))),
                "client error: refused",
            ),
        ] {
            assert_eq!(say(&error), expected);
            assert_eq!(say_watch(&watcher::Error::WatchFailed(error)), expected);
        }
    }
}
