//! The watches on what policies have to know of other objects, and on Namespaces, whose labels decide which rules apply.
//!
//! Exactly the kinds that somebody asks for are watched. Of an object is kept what lenses of its kind read, and where
//! that is nothing but metadata, nothing else is sent. ReplicaSets that a Deployment has made are not kept: there are ten
//! for each, and the Deployment says all that they do.

mod collection;
mod follow;
mod list;
#[cfg(test)]
mod tests;

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::stream::{AbortHandle, BoxStream, SelectAll, abortable, once};
use futures::{Stream, StreamExt as _};
use kube::Client;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::say;
use super::snapshot::{Objects, Snapshot};
use crate::object::kinds::{self, Kind};
use crate::object::meta::{LAST_APPLIED, Object};
use crate::object::{View as _, shape};
use crate::tree::{Tree, json};
use collection::Collection;
use follow::{Change, Pace, follow};

/// How long changes are gathered before they are seen: a rollout brings many at once.
const GATHER: Duration = Duration::from_millis(50);

/// A new right or a new kind is seen within half a minute, and an API server that has just started has half of that to
/// learn what is permitted. It gives up an answer after a minute itself, and usually says on a watch every minute that it
/// is there.
const PACE: Pace = Pace {
    pause: Duration::from_secs(1),
    longest: Duration::from_secs(30),
    grace: Duration::from_secs(15),
    answer: Duration::from_secs(70),
    silence: Duration::from_secs(150),
};

/// How long a kind is left alone that takes too much memory.
const TOO_MUCH: Duration = Duration::from_mins(5);

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
    /// The API server does not answer; what has been seen may have changed since. The watch tries again by itself.
    Stale {
        /// What it said.
        error: String,
    },
    /// Nothing is known. The watch tries again by itself.
    Unknown {
        /// What the API server said.
        error: String,
        /// It refuses, or there is no memory for them, so that waiting will not help: somebody has to change the
        /// permissions, or the bound.
        is_refused: bool,
    },
    /// Nobody asks for the kind any longer.
    Ended,
}

/// Follows the kinds that are asked for, as long as somebody can ask for others or there is one to follow. `report` is
/// told of every change of state.
///
/// What is kept takes `memory` bytes at most, about. What is in a cluster is written by many, and nobody may make every
/// replica run out of memory by writing more: the kind that takes most is then not known, until it takes less.
pub async fn watch(
    client: Client,
    wanted: watch::Receiver<Vec<&'static Kind>>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    memory: usize,
    report: impl FnMut(&'static Kind, WatchState),
) {
    Watches { client, pace: PACE, memory, kinds: Vec::new(), events: Streams::default() }
        .run(wanted, snapshot, report)
        .await;
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
    pace: Pace,
    /// How many bytes may be kept.
    memory: usize,
    kinds: Vec<Watched>,
    events: Streams,
}

/// What happens to any of the kinds.
#[derive(Default)]
struct Streams(SelectAll<BoxStream<'static, (&'static Kind, Change<Entry>)>>);

impl Streams {
    /// Follows one more kind, after some time.
    fn add(&mut self, client: Client, kind: &'static Kind, pace: Pace, delay: Duration) -> AbortHandle {
        let changes = once(async move {
            sleep(delay).await;
            changes(client, kind, pace)
        });
        let (changes, end) = abortable(changes.flatten());
        self.0.push(changes.map(move |change| (kind, change)).boxed());
        end
    }
}

/// A kind that is watched.
struct Watched {
    kind: &'static Kind,
    end: AbortHandle,
    /// `None` until all have been seen. Snapshots share it; it is copied when it changes after one was made.
    objects: Option<Arc<Objects>>,
    /// A list under way.
    listed: Option<Objects>,
    /// Why they may have changed since, or are not known.
    trouble: Option<Trouble>,
    /// Something of this has changed since it was last told.
    is_news: bool,
}

#[derive(PartialEq, Eq)]
struct Trouble {
    error: String,
    is_refused: bool,
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
                Some((kind, change)) = self.events.0.next() => {
                    if self.take(kind, change) {
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
            let end = self.events.add(self.client.clone(), kind, self.pace, Duration::ZERO);
            self.kinds.push(Watched {
                kind,
                end,
                objects: None,
                listed: None,
                trouble: None,
                is_news: false,
            });
            report(kind, WatchState::Started);
        }
    }

    /// Takes a change in; says whether there is anything new to be seen.
    fn take(&mut self, kind: &'static Kind, change: Change<Entry>) -> bool {
        if let Some(watched) = self.kinds.iter_mut().find(|it| std::ptr::eq(it.kind, kind)) {
            watched.take(change);
            self.bound();
        }
        self.kinds.iter().any(|it| it.is_news)
    }

    /// Keeps to the memory that there is.
    fn bound(&mut self) {
        while self.kinds.iter().map(Watched::bytes).sum::<usize>() > self.memory {
            let Some(largest) = self.kinds.iter_mut().max_by_key(|it| it.bytes()) else { return };
            let is_listed_anew = largest.objects.take().is_some() && largest.listed.is_some();
            if is_listed_anew {
                let error = "being listed anew, and there is no memory for both".to_owned();
                largest.fail(Trouble { error, is_refused: false });
                continue;
            }
            largest.listed = None;
            largest.end.abort();
            largest.end = self.events.add(self.client.clone(), largest.kind, self.pace, TOO_MUCH);
            let error = "takes more memory than --facts-memory allows".to_owned();
            largest.fail(Trouble { error, is_refused: true });
        }
    }

    fn snapshot(&self) -> Snapshot {
        let known = self.kinds.iter().filter_map(|it| Some((it.kind, it.objects.clone()?)));
        Snapshot { kinds: known.collect(), only: Vec::new() }
    }

    fn tell(&mut self, report: &mut impl FnMut(&'static Kind, WatchState)) {
        for watched in self.kinds.iter_mut().filter(|it| it.is_news) {
            watched.is_news = false;
            if let Some(state) = watched.state() {
                report(watched.kind, state);
            }
        }
    }
}

impl Watched {
    fn take(&mut self, change: Change<Entry>) {
        match change {
            Change::Listing => self.listed = Some(Objects::default()),
            Change::Listed(entry) => self.listed.get_or_insert_default().take(entry),
            Change::Complete => {
                let objects = self.listed.take().unwrap_or_default();
                self.know(objects);
            }
            Change::Applied(entry) => {
                // Until all have been seen, a few would look like all.
                let Some(objects) = &mut self.objects else { return };
                Arc::make_mut(objects).take(entry);
                self.is_news = true;
            }
            Change::Deleted(entry) => {
                // Most that are deleted were not kept: ReplicaSets of Deployments.
                let is_kept = |it: &&mut Arc<Objects>| it.contains(&entry.namespace, &entry.name);
                let Some(objects) = self.objects.as_mut().filter(is_kept) else { return };
                self.is_news |= Arc::make_mut(objects).remove(&entry.namespace, &entry.name);
            }
            Change::Resumed => self.is_news |= self.trouble.take().is_some(),
            // Of a kind that the cluster does not have there are no objects, until somebody installs it.
            Change::Absent => {
                let was_empty = self.objects.as_ref().is_some_and(|objects| objects.len() == 0);
                if self.trouble.is_some() || !was_empty {
                    self.know(Objects::default());
                }
            }
            Change::Refused(error) => {
                // What it was may have changed since.
                (self.objects, self.listed) = (None, None);
                self.fail(Trouble { error: say(&error), is_refused: true });
            }
            Change::Failed(error) => self.fail(Trouble { error: say(&error), is_refused: false }),
        }
    }

    fn bytes(&self) -> usize {
        let known = self.objects.as_deref().into_iter();
        known.chain(&self.listed).map(Objects::bytes).sum()
    }

    fn know(&mut self, objects: Objects) {
        self.objects = Some(Arc::new(objects));
        self.trouble = None;
        self.is_news = true;
    }

    fn fail(&mut self, trouble: Trouble) {
        let trouble = Some(trouble);
        self.is_news |= self.trouble != trouble;
        self.trouble = trouble;
    }

    fn state(&self) -> Option<WatchState> {
        Some(match (&self.objects, &self.trouble) {
            (Some(objects), None) => WatchState::Synced { objects: objects.len() },
            (Some(_), Some(trouble)) => WatchState::Stale { error: trouble.error.clone() },
            (None, Some(Trouble { error, is_refused })) => {
                WatchState::Unknown { error: error.clone(), is_refused: *is_refused }
            }
            (None, None) => return None,
        })
    }
}

impl Objects {
    fn take(&mut self, entry: Entry) {
        self.insert(&entry.namespace, &entry.name, entry.tree);
    }
}

/// What happens to the objects of a kind in the whole cluster, as they are kept.
fn changes(client: Client, kind: &'static Kind, pace: Pace) -> impl Stream<Item = Change<Entry>> + Send {
    // Where lenses read nothing but what all objects have, nothing else is asked for: the data of Secrets and ConfigMaps
    // must not even arrive.
    let collection = Collection::new(client, kind, is_known_by_metadata(kind));
    follow(collection, pace).filter_map(move |change| ready(kept(kind, change)))
}

fn is_known_by_metadata(kind: &Kind) -> bool {
    kind.shape_beside().has_only(&["apiVersion", "kind", "metadata"])
}

fn kept(kind: &'static Kind, change: Change<Value>) -> Option<Change<Entry>> {
    let entry = |object| Entry::of(kind, object);
    match change {
        Change::Listed(object) => {
            entry(object).filter(|entry| !entry.is_said_by_deployment(kind)).map(Change::Listed)
        }
        // It may have been adopted just now.
        Change::Applied(object) => entry(object).map(|entry| {
            if entry.is_said_by_deployment(kind) { Change::Deleted(entry) } else { Change::Applied(entry) }
        }),
        Change::Deleted(object) => entry(object).map(Change::Deleted),
        Change::Listing => Some(Change::Listing),
        Change::Complete => Some(Change::Complete),
        Change::Resumed => Some(Change::Resumed),
        Change::Failed(error) => Some(Change::Failed(error)),
        Change::Refused(error) => Some(Change::Refused(error)),
        Change::Absent => Some(Change::Absent),
    }
}

impl Entry {
    /// What is kept of an object.
    fn of(kind: &Kind, mut kept: Value) -> Option<Self> {
        shape::prune(&mut kept, kind.shape_beside());
        if let Some(annotations) = kept.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
            // Tools copy whole objects into annotations of their own.
            if [&kinds::SECRET, &kinds::CONFIG_MAP].contains(&kind) {
                annotations.clear();
            }
            annotations.remove(LAST_APPLIED);
        }
        let metadata = |field: &str| kept["metadata"][field].as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (metadata("namespace"), metadata("name"));
        // Lists do not say it of their items.
        let fields = kept.as_object_mut()?;
        fields.insert("apiVersion".to_owned(), kind.api_version().into());
        fields.insert("kind".to_owned(), kind.name.into());
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
