//! All objects of a collection, and then what changes: one watch that begins with them where the API server offers that,
//! else pages of a list and a watch after them.
//!
//! The watcher of kube-runtime does the same. It does not say when a watch follows again after it had failed, so that what
//! is known would be called stale until the next change; and it waits for answers without an end.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;
use std::{mem, vec};

use futures::stream::unfold;
use futures::{Stream, StreamExt as _};
use kube::Error;
use kube::api::{ListParams, WatchParams};
use kube::core::WatchEvent;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::collection::{Collection, Events};
use crate::cluster::answer::code;

/// How many objects a page has: the largest come to a few megabytes.
const PAGE: u32 = 50;

/// How long the API server is to keep a watch, in seconds. Only when the next begins does it look at permissions again.
const WATCH: u32 = 290;

/// What becomes of the objects.
#[derive(Debug)]
pub(super) enum Change<K> {
    /// All of them come now; they replace what is known when they are complete.
    Listing,
    Listed(K),
    Complete,
    Applied(K),
    Deleted(K),
    /// Changes follow from where they stopped.
    Resumed,
    /// It is tried again by itself, and changes will follow from where they stopped, or all objects come once more.
    Failed(Error),
    /// They may not be read. Should that change, all of them come.
    Refused(Error),
    /// There is no such kind. Should that change, all of them come.
    Absent,
}

/// How patient somebody is with an API server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The pause after a failure; it doubles with each that follows.
    pub(super) pause: Duration,
    /// The longest pause.
    pub(super) longest: Duration,
    /// How long it may refuse what it had permitted before that is believed: one that is just starting does not know yet
    /// what is permitted.
    pub(super) grace: Duration,
    /// How long the beginning of an answer may take.
    pub(super) answer: Duration,
    /// How long a watch may be silent before another one is tried.
    pub(super) silence: Duration,
}

/// Follows all objects of a collection, for as long as anybody listens.
pub(super) fn follow(collection: Collection, pace: Pace) -> impl Stream<Item = Change<Value>> + Send {
    let follower =
        Follower { collection, pace, state: State::Nothing, streams: true, failures: 0, refused: None };
    unfold(follower, |mut follower| async move {
        loop {
            if let Some(change) = follower.step().await {
                return Some((change, follower));
            }
        }
    })
}

struct Follower {
    collection: Collection,
    pace: Pace,
    state: State,
    /// Whether the API server may be asked to begin a watch with all objects.
    streams: bool,
    /// Attempts in a row of which nothing came.
    failures: u32,
    /// Since when a watch has been refused that was permitted.
    refused: Option<Instant>,
}

/// How far it has come. Each step takes it away, and puts it back unless it is to start anew.
#[derive(Default)]
enum State {
    #[default]
    Nothing,
    /// What of a page is still to be told, and what is next.
    Paging(vec::IntoIter<Value>, Next),
    /// All objects come at the beginning of a watch.
    Streaming(Events),
    /// All that there was at a version is known.
    Known(String),
    /// Changes follow from a version on.
    Watching {
        version: String,
        events: Events,
        /// Something has come already.
        is_alive: bool,
    },
}

enum Next {
    /// A page: the first, or one that the page before it names.
    Page(Option<String>),
    /// A watch from a version on.
    Watch(String),
}

/// What is heard on a watch.
enum Heard {
    Event(WatchEvent<Value>),
    Error(Error),
    /// It has ended.
    End,
    /// Nothing, for too long.
    Silence,
}

impl Follower {
    async fn step(&mut self) -> Option<Change<Value>> {
        match mem::take(&mut self.state) {
            State::Nothing => self.begin().await,
            State::Paging(page, next) => self.page(page, next).await,
            State::Streaming(events) => self.stream(events).await,
            State::Known(version) => self.resume(version).await,
            State::Watching { version, events, is_alive } => self.watch(version, events, is_alive).await,
        }
    }

    async fn begin(&mut self) -> Option<Change<Value>> {
        sleep(self.rest()).await;
        if !self.streams {
            self.state = State::Paging(Vec::new().into_iter(), Next::Page(None));
            return Some(Change::Listing);
        }
        // Without a version, nothing that was written before is missing.
        let params = WatchParams::default().timeout(WATCH).initial_events();
        match answered(self.collection.watch(&params, ""), self.pace.answer).await {
            Ok(events) => {
                self.state = State::Streaming(events);
                Some(Change::Listing)
            }
            // So it says that it does not offer this.
            Err(error) if matches!(code(&error), Some(400 | 422)) => {
                self.streams = false;
                None
            }
            Err(error) => self.fail(error),
        }
    }

    async fn page(&mut self, mut page: vec::IntoIter<Value>, next: Next) -> Option<Change<Value>> {
        if let Some(object) = page.next() {
            self.state = State::Paging(page, next);
            return Some(Change::Listed(object));
        }
        let token = match next {
            Next::Page(token) => token,
            Next::Watch(version) => {
                self.state = State::Known(version);
                return Some(Change::Complete);
            }
        };
        let params = ListParams { limit: Some(PAGE), continue_token: token, ..ListParams::default() };
        match answered(self.collection.list(&params), self.pace.answer).await {
            Ok(list) => {
                let next = match list.metadata.continue_.filter(|token| !token.is_empty()) {
                    Some(token) => Next::Page(Some(token)),
                    None => Next::Watch(list.metadata.resource_version.unwrap_or_default()),
                };
                self.state = State::Paging(list.items.into_iter(), next);
                None
            }
            Err(error) => self.fail(error),
        }
    }

    async fn stream(&mut self, mut events: Events) -> Option<Change<Value>> {
        match hear(&mut events, self.pace.silence).await {
            Heard::Event(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                self.state = State::Streaming(events);
                Some(Change::Listed(object))
            }
            Heard::Event(WatchEvent::Bookmark(mark))
                if mark.metadata.annotations.contains_key("k8s.io/initial-events-end") =>
            {
                let version = mark.metadata.resource_version;
                self.state = State::Watching { version, events, is_alive: false };
                Some(Change::Complete)
            }
            Heard::Event(WatchEvent::Bookmark(_) | WatchEvent::Deleted(_)) => {
                self.state = State::Streaming(events);
                None
            }
            Heard::Event(WatchEvent::Error(status)) => self.fail(Error::Api(status)),
            Heard::Error(error) => self.fail(error),
            Heard::End => {
                self.failures += 1;
                None
            }
            // One that knows nothing of this sends changes only, and never says that it has sent all.
            Heard::Silence => {
                self.streams = false;
                None
            }
        }
    }

    async fn resume(&mut self, version: String) -> Option<Change<Value>> {
        sleep(self.rest()).await;
        let params = WatchParams::default().timeout(WATCH);
        match answered(self.collection.watch(&params, &version), self.pace.answer).await {
            Ok(events) => {
                self.refused = None;
                self.state = State::Watching { version, events, is_alive: false };
                Some(Change::Resumed)
            }
            Err(error) => {
                let is_believed = match code(&error) {
                    Some(401 | 403) => {
                        self.refused.get_or_insert_with(Instant::now).elapsed() >= self.pace.grace
                    }
                    code => {
                        self.refused = None;
                        matches!(code, Some(404 | 410))
                    }
                };
                if is_believed {
                    return self.fail(error);
                }
                self.state = State::Known(version);
                self.failures += 1;
                Some(Change::Failed(error))
            }
        }
    }

    async fn watch(
        &mut self,
        mut version: String,
        mut events: Events,
        is_alive: bool,
    ) -> Option<Change<Value>> {
        let error = match hear(&mut events, self.pace.silence).await {
            Heard::Event(WatchEvent::Error(status)) => Error::Api(status),
            Heard::Error(error) => error,
            Heard::Event(event) => {
                self.failures = 0;
                let (seen, change) = match event {
                    WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                        (version_of(&object), Some(Change::Applied(object)))
                    }
                    WatchEvent::Deleted(object) => (version_of(&object), Some(Change::Deleted(object))),
                    WatchEvent::Bookmark(mark) => (Some(mark.metadata.resource_version), None),
                    WatchEvent::Error(_) => (None, None),
                };
                version = seen.unwrap_or(version);
                self.state = State::Watching { version, events, is_alive: true };
                return change;
            }
            Heard::End | Heard::Silence => {
                self.failures += u32::from(!is_alive);
                self.state = State::Known(version);
                return None;
            }
        };
        let has_expired = code(&error) == Some(410);
        if !has_expired {
            self.state = State::Known(version);
        }
        // One that has worked may be cut off for many reasons: if that matters, the next one fails.
        if is_alive {
            return None;
        }
        self.failures += 1;
        (!has_expired).then_some(Change::Failed(error))
    }

    /// Starts anew after a failure.
    fn fail(&mut self, error: Error) -> Option<Change<Value>> {
        self.state = State::Nothing;
        self.refused = None;
        self.failures += 1;
        match code(&error) {
            Some(401 | 403) => Some(Change::Refused(error)),
            Some(404) => Some(Change::Absent),
            // What changed meanwhile is not kept any longer; all objects say it as well.
            Some(410) => None,
            _ => Some(Change::Failed(error)),
        }
    }

    fn rest(&self) -> Duration {
        if self.failures > 0 { self.pace.after(self.failures) } else { Duration::ZERO }
    }
}

impl Pace {
    /// The pause after so many failures in a row. Up to half of it is left out at random, so that not all kinds of all
    /// replicas ask at once.
    fn after(self, failures: u32) -> Duration {
        let pause = self.pause.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(self.longest);
        let random = RandomState::new().hash_one(failures) % 1_000;
        pause.mul_f64(1.0 - f64::from(u32::try_from(random).unwrap_or_default()) / 2_000.0)
    }
}

fn version_of(object: &Value) -> Option<String> {
    object["metadata"]["resourceVersion"].as_str().map(ToOwned::to_owned)
}

async fn hear(events: &mut Events, silence: Duration) -> Heard {
    match timeout(silence, events.next()).await {
        Ok(Some(Ok(event))) => Heard::Event(event),
        Ok(Some(Err(error))) => Heard::Error(error),
        Ok(None) => Heard::End,
        Err(_) => Heard::Silence,
    }
}

async fn answered<T>(answer: impl Future<Output = kube::Result<T>>, within: Duration) -> kube::Result<T> {
    let silence = || Error::Service(format!("no answer within {within:?}").into());
    timeout(within, answer).await.unwrap_or_else(|_| Err(silence()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_longest() {
        let second = Duration::from_secs(1);
        let pace =
            Pace { pause: second, longest: 30 * second, grace: second, answer: second, silence: second };
        for (failures, most) in [(1, 1), (2, 2), (5, 16), (6, 30), (7, 30), (u32::MAX, 30)] {
            let pause = pace.after(failures);
            assert!(pause <= most * second && pause >= most * second / 2, "{failures}: {pause:?}");
        }
    }
}
