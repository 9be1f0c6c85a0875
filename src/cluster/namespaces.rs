//! The watch on Namespaces: their labels decide which rules apply.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Namespace;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};

use super::{Snapshot, is_refused, say_watch};
use crate::tree::{Tree, json};

/// How a watch is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchState {
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
}

/// Follows the Namespaces of a cluster for good; it ends only when it is dropped. `report` is told of every change of
/// state.
pub async fn watch(client: Client, snapshot: Arc<ArcSwap<Snapshot>>, mut report: impl FnMut(WatchState)) {
    let api: Api<PartialObjectMeta<Namespace>> = Api::all(client);
    let events = watcher(api, watcher::Config::default()).default_backoff();
    futures::pin_mut!(events);
    let mut seen = Seen::default();
    loop {
        match events.try_next().await {
            Ok(Some(event)) => {
                if let Some(namespaces) = seen.apply(event) {
                    let objects = namespaces.len();
                    snapshot.store(Arc::new(Snapshot { namespaces: Some(namespaces) }));
                    report(WatchState::Synced { objects });
                }
            }
            Ok(None) => return,
            Err(error) => {
                report(WatchState::Failing { forbidden: is_refused(&error), error: say_watch(&error) });
            }
        }
    }
}

/// What the watch has seen so far.
#[derive(Default)]
struct Seen {
    namespaces: HashMap<String, Arc<Tree>>,
    /// A list under way, which replaces everything when it is complete.
    listed: Option<HashMap<String, Arc<Tree>>>,
}

impl Seen {
    /// Takes an event in; the complete state, if it has changed and is known.
    fn apply(
        &mut self,
        event: watcher::Event<PartialObjectMeta<Namespace>>,
    ) -> Option<HashMap<String, Arc<Tree>>> {
        match event {
            watcher::Event::Init => self.listed = Some(HashMap::new()),
            watcher::Event::InitApply(namespace) => {
                self.listed.get_or_insert_default().extend(entry(&namespace));
            }
            watcher::Event::InitDone => {
                self.namespaces = self.listed.take().unwrap_or_default();
                return Some(self.namespaces.clone());
            }
            watcher::Event::Apply(namespace) => {
                self.namespaces.extend(entry(&namespace));
                return self.complete();
            }
            watcher::Event::Delete(namespace) => {
                self.namespaces.remove(namespace.metadata.name.as_deref().unwrap_or_default());
                return self.complete();
            }
        }
        None
    }

    fn complete(&self) -> Option<HashMap<String, Arc<Tree>>> {
        self.listed.is_none().then(|| self.namespaces.clone())
    }
}

/// Name and tree; nothing but names and labels is kept.
fn entry(namespace: &PartialObjectMeta<Namespace>) -> Option<(String, Arc<Tree>)> {
    let name = namespace.metadata.name.clone()?;
    let pruned = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": name, "labels": namespace.metadata.labels },
    });
    let tree = json::read(pruned.to_string().as_bytes()).ok()?;
    Some((name, Arc::new(tree)))
}
