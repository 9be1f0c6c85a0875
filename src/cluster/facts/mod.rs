//! The watches on what policies have to know of other objects, and on Namespaces, whose labels decide which rules apply.
//!
//! Exactly the kinds that somebody asks for are watched. Of an object is kept what lenses of its kind read, and where
//! that is nothing but metadata, nothing else is sent. ReplicaSets that a Deployment has made are not kept: there are ten
//! for each, and the Deployment says all that they do.

mod list;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::stream::{AbortHandle, BoxStream, SelectAll, abortable, once};
use futures::{Stream, StreamExt};
use kube::core::{DynamicObject, PartialObjectMeta};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::snapshot::{Objects, Snapshot};
use super::{is_absent, is_refused, resource_of, say_watch};
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::object::{View as _, shape};
use crate::tree::{Tree, json};

/// How long changes are gathered before they are seen: a rollout brings many at once.
const GATHER: Duration = Duration::from_millis(50);

/// How long a watch that was refused rests before all objects are listed again.
const REST: Duration = Duration::from_secs(30);

/// What `kubectl apply` writes: the whole object once more, and of a Secret its data.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

pub use list::list;

/// How the watch on a kind is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchState {
    /// It has begun, and has not seen everything yet.
    Started,
    /// Everything has been seen, and changes follow.
    Synced {
        /// How many objects there are.
        objects: usize,
    },
    /// The API server does not answer, or refuses; the watch tries again by itself.
    Failing {
        /// What it said.
        error: String,
        /// It refuses, so that waiting will not help: somebody has to change the permissions.
        forbidden: bool,
    },
    /// Nobody asks for the kind any longer.
    Ended,
}

/// Follows the kinds that are asked for, as long as somebody can ask for others or there is one to follow. `report` is
/// told of every change of state.
pub async fn watch(
    client: Client,
    wanted: watch::Receiver<Vec<&'static Kind>>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    report: impl FnMut(&'static Kind, WatchState),
) {
    Watches { client, rest: REST, kinds: Vec::new(), events: Streams::default() }
        .run(wanted, snapshot, report)
        .await;
}

/// What happens to a kind.
enum Event {
    /// A list begins, which replaces everything when it is complete.
    Listing,
    Listed(Entry),
    Complete,
    Applied(Entry),
    Deleted(Entry),
    Failed(watcher::Error),
}

/// An object by its place, as it is kept.
struct Entry {
    namespace: String,
    name: String,
    tree: Arc<Tree>,
}

/// All watches there are.
struct Watches {
    client: Client,
    /// How long a watch that was refused rests.
    rest: Duration,
    kinds: Vec<Watched>,
    events: Streams,
}

/// What happens to any of the kinds.
#[derive(Default)]
struct Streams(SelectAll<BoxStream<'static, (&'static Kind, Event)>>);

impl Streams {
    /// Follows one more kind, after some time.
    fn follow(&mut self, client: Client, kind: &'static Kind, rest: Duration) -> AbortHandle {
        let events = once(async move {
            sleep(rest).await;
            events(client, kind)
        });
        let (events, end) = abortable(events.flatten());
        self.0.push(events.map(move |event| (kind, event)).boxed());
        end
    }
}

/// A kind that is watched.
struct Watched {
    kind: &'static Kind,
    end: AbortHandle,
    /// `None` until all have been seen.
    objects: Option<Objects>,
    /// A list under way.
    listed: Option<Objects>,
    /// The state has changed since it was last told.
    is_news: bool,
    /// What was told last is that the watch fails.
    is_failing: bool,
}

impl Watches {
    async fn run(
        mut self,
        mut wanted: watch::Receiver<Vec<&'static Kind>>,
        snapshot: Arc<ArcSwap<Snapshot>>,
        mut report: impl FnMut(&'static Kind, WatchState),
    ) {
        self.want(&wanted.borrow_and_update(), &mut report);
        let mut due: Option<Instant> = None;
        loop {
            tokio::select! {
                Some((kind, event)) = self.events.0.next() => {
                    if self.take(kind, event, &mut report) {
                        due.get_or_insert_with(|| Instant::now() + GATHER);
                    }
                }
                Ok(()) = wanted.changed() => {
                    self.want(&wanted.borrow_and_update(), &mut report);
                    due = Some(Instant::now());
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    due = None;
                    snapshot.store(Arc::new(self.snapshot()));
                    self.tell(&mut report);
                }
                else => return,
            }
        }
    }

    /// Starts and ends watches, so that exactly these kinds are followed.
    fn want(&mut self, wanted: &[&'static Kind], report: &mut impl FnMut(&'static Kind, WatchState)) {
        for watched in self.kinds.extract_if(.., |it| !wanted.contains(&it.kind)) {
            watched.end.abort();
            report(watched.kind, WatchState::Ended);
        }
        for kind in wanted.iter().copied() {
            if self.kinds.iter().any(|it| it.kind == kind) {
                continue;
            }
            let end = self.events.follow(self.client.clone(), kind, Duration::ZERO);
            self.kinds.push(Watched {
                kind,
                end,
                objects: None,
                listed: None,
                is_news: false,
                is_failing: false,
            });
            report(kind, WatchState::Started);
        }
    }

    /// Takes an event in; says whether there is anything new to be seen.
    fn take(
        &mut self,
        kind: &'static Kind,
        event: Event,
        report: &mut impl FnMut(&'static Kind, WatchState),
    ) -> bool {
        let Some(watched) = self.kinds.iter_mut().find(|it| std::ptr::eq(it.kind, kind)) else {
            return false;
        };
        match event {
            Event::Listing => watched.listed = Some(Objects::default()),
            Event::Listed(entry) => watched.listed.get_or_insert_default().take(entry),
            Event::Complete => {
                watched.objects = Some(watched.listed.take().unwrap_or_default());
                watched.is_news = true;
            }
            Event::Applied(entry) => {
                // Until all have been seen, a few would look like all.
                let Some(objects) = &mut watched.objects else { return false };
                objects.take(entry);
                watched.is_news = true;
            }
            Event::Deleted(entry) => {
                let Some(objects) = &mut watched.objects else { return false };
                watched.is_news |= objects.remove(&entry.namespace, &entry.name);
            }
            Event::Failed(error) if is_absent(&error) => {
                // Of a kind that the cluster does not have there are no objects, until somebody installs it.
                watched.is_news |=
                    watched.is_failing || watched.objects.as_ref().is_none_or(|objects| objects.len() > 0);
                watched.objects = Some(Objects::default());
            }
            Event::Failed(error) => {
                let forbidden = is_refused(&error);
                if forbidden {
                    // What it was may have changed since.
                    watched.objects = None;
                    watched.is_news = false;
                    // A list is tried again by itself. A watch would go on from where it was, and never say what has
                    // just been forgotten.
                    if !matches!(error, watcher::Error::InitialListFailed(_)) {
                        watched.end.abort();
                        watched.end = self.events.follow(self.client.clone(), kind, self.rest);
                    }
                }
                watched.is_failing = true;
                report(kind, WatchState::Failing { error: say_watch(&error), forbidden });
                return forbidden;
            }
        }
        watched.is_news
    }

    fn snapshot(&self) -> Snapshot {
        let known = self.kinds.iter().filter_map(|it| Some((it.kind, it.objects.clone()?)));
        Snapshot { kinds: known.collect(), only: Vec::new() }
    }

    fn tell(&mut self, report: &mut impl FnMut(&'static Kind, WatchState)) {
        for watched in self.kinds.iter_mut().filter(|it| it.is_news) {
            (watched.is_news, watched.is_failing) = (false, false);
            let objects = watched.objects.as_ref().map_or(0, Objects::len);
            report(watched.kind, WatchState::Synced { objects });
        }
    }
}

impl Objects {
    fn take(&mut self, entry: Entry) {
        self.insert(&entry.namespace, &entry.name, entry.tree);
    }
}

/// What happens to the objects of a kind in the whole cluster.
fn events(client: Client, kind: &'static Kind) -> BoxStream<'static, Event> {
    let resource = resource_of(kind);
    let config = watcher::Config::default();
    // Where lenses read nothing but what all objects have, nothing else is asked for: the data of Secrets and ConfigMaps
    // must not even arrive.
    if is_known_by_metadata(kind) {
        let api: Api<PartialObjectMeta<DynamicObject>> = Api::all_with(client, &resource);
        told(kind, watcher(api, config).default_backoff()).boxed()
    } else {
        let api: Api<DynamicObject> = Api::all_with(client, &resource);
        told(kind, watcher(api, config).default_backoff()).boxed()
    }
}

fn is_known_by_metadata(kind: &Kind) -> bool {
    kind.shape_beside().has_only(&["apiVersion", "kind", "metadata"])
}

fn told<K: Serialize + 'static>(
    kind: &'static Kind,
    events: impl Stream<Item = watcher::Result<watcher::Event<K>>>,
) -> impl Stream<Item = Event> {
    events.filter_map(move |event| {
        let entry = |object| Entry::of(kind, &object);
        std::future::ready(match event {
            Ok(watcher::Event::Init) => Some(Event::Listing),
            Ok(watcher::Event::InitApply(object)) => {
                entry(object).filter(|entry| !entry.is_said_by_deployment(kind)).map(Event::Listed)
            }
            Ok(watcher::Event::InitDone) => Some(Event::Complete),
            // It may have been adopted just now.
            Ok(watcher::Event::Apply(object)) => entry(object).map(|entry| {
                if entry.is_said_by_deployment(kind) { Event::Deleted(entry) } else { Event::Applied(entry) }
            }),
            Ok(watcher::Event::Delete(object)) => entry(object).map(Event::Deleted),
            Err(error) => Some(Event::Failed(error)),
        })
    })
}

impl Entry {
    /// What is kept of an object.
    fn of(kind: &Kind, object: &impl Serialize) -> Option<Self> {
        let mut kept = serde_json::to_value(object).ok()?;
        shape::prune(&mut kept, kind.shape_beside());
        if let Some(annotations) = kept["metadata"]["annotations"].as_object_mut() {
            annotations.remove(LAST_APPLIED);
        }
        let metadata = |field: &str| kept["metadata"][field].as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (metadata("namespace"), metadata("name"));
        // Lists do not say it of their items.
        kept["apiVersion"] = kind.api_version().into();
        kept["kind"] = kind.name.into();
        let mut tree = json::read(kept.to_string().as_bytes()).ok()?;
        tree.shrink();
        Some(Self { namespace, name, tree: Arc::new(tree) })
    }

    /// Whether it is a ReplicaSet of which nothing can be said that is not said of its Deployment.
    fn is_said_by_deployment(&self, kind: &Kind) -> bool {
        let owner = || self.tree.root().and_then(Object::view)?.controller()?.kind();
        *kind == kinds::REPLICA_SET && owner().is_some_and(|owner| *owner == kinds::DEPLOYMENT.name)
    }
}

#[cfg(test)]
mod tests;
