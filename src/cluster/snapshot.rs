//! The cluster as it was a moment ago.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::object::View;
use crate::object::key::{self, Key};
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::policy::{Facts, Unknown, Within};
use crate::tree::Tree;

/// An immutable view of what the watches have seen; a new one replaces it as a whole, and shares with the old one what
/// has not changed.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The kinds of which all objects have been seen: few, so that a search is as good as an index.
    pub(super) kinds: Vec<(&'static Kind, Arc<Objects>)>,
    /// Where, if anywhere, something is known of what lives in a namespace, and of which Namespaces; everywhere if there
    /// are none.
    pub(super) only: Vec<String>,
}

/// All objects of a kind; those without a namespace are in that of the empty name.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    namespaces: HashMap<Box<str>, Arc<Namespaced>>,
    count: usize,
    bytes: usize,
}

/// What an object takes besides its tree, in bytes, about: its name, and its place in the indexes.
const ENTRY: usize = 256;

/// The objects of a kind in one namespace.
#[derive(Clone, Debug, Default)]
struct Namespaced {
    by_name: BTreeMap<Arc<str>, Arc<Tree>>,
    /// The hash of each key by which an object is found, with its name. Two keys may have one hash, so that what is found
    /// has to be looked at again.
    by_key: BTreeSet<(u64, Arc<str>)>,
}

impl Snapshot {
    /// Whether all objects of a kind have been seen.
    pub fn knows(&self, kind: &Kind) -> bool {
        self.kinds.iter().any(|(known, _)| *known == kind)
    }

    fn all(&self, kind: &'static Kind) -> Result<&Objects, Unknown> {
        let known = self.kinds.iter().find(|(known, _)| *known == kind);
        known.map(|(_, objects)| &**objects).ok_or(Unknown::Kind(kind))
    }

    /// Whether all that there could be to find has been listed.
    fn covers(&self, kind: &Kind, within: Within<'_>, by: Option<Key<'_>>) -> bool {
        let is_listed = |name: &str| self.only.iter().any(|it| it == name);
        self.only.is_empty()
            || match (within, by) {
                _ if *kind == kinds::NAMESPACE => matches!(by, Some(Key::Name(name)) if is_listed(name)),
                (Within::Namespace(Some(namespace)), _) => is_listed(namespace),
                // What lives in no namespace has been listed, and of all else there is nothing without one.
                (Within::Namespace(None), _) => true,
                _ => !kind.namespaced,
            }
    }
}

impl Facts for Snapshot {
    fn find(
        &self,
        kind: &'static Kind,
        within: Within<'_>,
        by: Option<Key<'_>>,
    ) -> Result<Vec<Object<'_>>, Unknown> {
        let all = self.all(kind)?;
        if !self.covers(kind, within, by) {
            return Err(Unknown::Kind(kind));
        }
        let mut found = Vec::new();
        match within {
            Within::Namespace(namespace) => {
                if let Some(objects) = all.namespaces.get(namespace.unwrap_or_default()) {
                    objects.find(kind, by, &mut found);
                }
            }
            Within::Cluster => {
                for objects in all.namespaces.values() {
                    objects.find(kind, by, &mut found);
                }
            }
        }
        Ok(found)
    }
}

impl Objects {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn insert(&mut self, namespace: &str, name: &str, tree: Arc<Tree>) {
        let objects = self.namespaces.entry(namespace.into()).or_default();
        self.count += 1;
        self.bytes += ENTRY + tree.heap_size();
        let before = Arc::make_mut(objects).insert(name, tree);
        self.forget(before.as_deref());
    }

    fn forget(&mut self, tree: Option<&Tree>) {
        if let Some(tree) = tree {
            self.count -= 1;
            self.bytes -= ENTRY + tree.heap_size();
        }
    }

    /// How much memory they take, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn contains(&self, namespace: &str, name: &str) -> bool {
        self.namespaces.get(namespace).is_some_and(|objects| objects.by_name.contains_key(name))
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, namespace: &str, name: &str) -> bool {
        let known = |objects: &&mut Arc<Namespaced>| objects.by_name.contains_key(name);
        let Some(objects) = self.namespaces.get_mut(namespace).filter(known) else { return false };
        let tree = Arc::make_mut(objects).remove(name);
        if objects.by_name.is_empty() {
            self.namespaces.remove(namespace);
        }
        self.forget(tree.as_deref());
        true
    }
}

impl Namespaced {
    /// What was there before.
    fn insert(&mut self, name: &str, tree: Arc<Tree>) -> Option<Arc<Tree>> {
        let before = self.remove(name);
        let name: Arc<str> = name.into();
        each_hash(&tree, |hash| {
            self.by_key.insert((hash, Arc::clone(&name)));
        });
        self.by_name.insert(name, tree);
        before
    }

    fn remove(&mut self, name: &str) -> Option<Arc<Tree>> {
        let (name, tree) = self.by_name.remove_entry(name)?;
        each_hash(&tree, |hash| {
            self.by_key.remove(&(hash, Arc::clone(&name)));
        });
        Some(tree)
    }

    fn find<'s>(&'s self, kind: &Kind, by: Option<Key<'_>>, found: &mut Vec<Object<'s>>) {
        let Some(key) = by else { return found.extend(self.by_name.values().filter_map(|tree| view(tree))) };
        let finds = |object: &Object<'_>| key.finds(kind, *object);
        if let Key::Name(name) = key {
            let tree = self.by_name.get(name);
            return found.extend(tree.and_then(|tree| view(tree)));
        }
        let hash = hash(key);
        let with_hash = self.by_key.range((hash, Arc::default())..).take_while(|(it, _)| *it == hash);
        let objects = with_hash.filter_map(|(_, name)| view(self.by_name.get(name)?));
        found.extend(objects.filter(finds));
    }
}

fn view(tree: &Tree) -> Option<Object<'_>> {
    tree.root().and_then(Object::view)
}

/// Visits the hashes of the keys, but for the name, which has its own index.
fn each_hash(tree: &Tree, mut visit: impl FnMut(u64)) {
    let Some(object) = view(tree) else { return };
    let (group, name) = (object.group().unwrap_or_default(), object.kind());
    let Some(kind) = name.and_then(|name| kinds::find(group, &name)) else { return };
    key::each(kind, object, &mut |key| {
        if !matches!(key, Key::Name(_)) {
            visit(hash(key));
        }
    });
}

fn hash(key: Key<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tree::json as reader;

    fn tree(object: &Value) -> Arc<Tree> {
        Arc::new(reader::read(object.to_string().as_bytes()).unwrap())
    }

    fn autoscaler(target: &str) -> Arc<Tree> {
        let target = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": target });
        tree(&json!({ "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": { "name": "a" }, "spec": { "scaleTargetRef": target } }))
    }

    fn names(objects: &Objects, kind: &'static Kind, within: Within<'_>, by: Option<Key<'_>>) -> Vec<String> {
        let snapshot = Snapshot { kinds: vec![(kind, Arc::new(objects.clone()))], ..Snapshot::default() };
        let found = snapshot.find(kind, within, by).unwrap();
        let mut names: Vec<_> = found.iter().map(|it| it.name().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_object_is_found_by_what_it_says_now() {
        let kind = &kinds::HORIZONTAL_POD_AUTOSCALER;
        let mut objects = Objects::default();
        let shop = Within::Namespace(Some("shop"));
        let of =
            |objects: &Objects, name: &str| names(objects, kind, shop, Some(Key::Target("Deployment", name)));
        objects.insert("shop", "a", autoscaler("web"));
        let before = objects.clone();
        assert_eq!(of(&objects, "web"), ["a"]);
        objects.insert("shop", "a", autoscaler("api"));
        assert_eq!((of(&objects, "web").len(), of(&objects, "api").len(), objects.len()), (0, 1, 1));
        assert_eq!(of(&before, "web"), ["a"], "what was handed out does not change");
        assert!(objects.bytes() > ENTRY);
        assert!(objects.remove("shop", "a") && !objects.remove("shop", "a"));
        assert_eq!((of(&objects, "api").len(), objects.len(), objects.bytes()), (0, 0, 0));
    }

    #[test]
    fn an_index_finds_what_a_search_finds() {
        let labels = |labels: Value| json!({ "template": { "metadata": { "labels": labels } } });
        let workloads = [
            ("shop", "web", labels(json!({ "app": "web", "tier": "front" }))),
            ("shop", "api", labels(json!({ "app": "api", "tier": "front" }))),
            ("shop", "bare", json!({})),
            ("other", "web2", labels(json!({ "app": "web" }))),
        ];
        let mut objects = Objects::default();
        for (namespace, name, spec) in workloads {
            let object = json!({ "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": { "name": name, "namespace": namespace }, "spec": spec });
            objects.insert(namespace, name, tree(&object));
        }
        let kind = &kinds::DEPLOYMENT;
        let (shop, everywhere) = (Within::Namespace(Some("shop")), Within::Cluster);
        for (within, by, expected) in [
            (shop, None, vec!["api", "bare", "web"]),
            (shop, Some(Key::PodLabel("app", "web")), vec!["web"]),
            (shop, Some(Key::PodLabel("tier", "front")), vec!["api", "web"]),
            (shop, Some(Key::PodLabel("tier", "web")), vec![]),
            (shop, Some(Key::Name("bare")), vec!["bare"]),
            (everywhere, Some(Key::PodLabel("app", "web")), vec!["web", "web2"]),
            (everywhere, None, vec!["api", "bare", "web", "web2"]),
            (Within::Namespace(None), None, vec![]),
        ] {
            assert_eq!(names(&objects, kind, within, by), expected, "{within:?} {by:?}");
        }
    }
}
