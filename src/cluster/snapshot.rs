//! The cluster as it was a moment ago.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::object::View;
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::policy::{Facts, Unknown};
use crate::tree::Tree;

/// An immutable view of what the watches have seen; a new one replaces it as a whole, and shares with the old one what
/// has not changed.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The kinds of which all objects have been seen: few, so that a search is as good as an index.
    pub(super) kinds: Vec<(&'static Kind, Objects)>,
}

/// All objects of a kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    namespaces: HashMap<Box<str>, Arc<Namespaced>>,
    count: usize,
}

/// Objects of one namespace by name; those without a namespace are in that of the empty name.
type Namespaced = BTreeMap<Box<str>, Arc<Tree>>;

impl Snapshot {
    fn all(&self, kind: &'static Kind) -> Result<&Objects, Unknown> {
        let known = self.kinds.iter().find(|(known, _)| *known == kind);
        known.map(|(_, objects)| objects).ok_or(Unknown::Kind(kind))
    }
}

impl Facts for Snapshot {
    fn objects(&self, kind: &'static Kind, namespace: Option<&str>) -> Result<Vec<Object<'_>>, Unknown> {
        let objects = self.all(kind)?.namespaces.get(namespace.unwrap_or_default());
        Ok(objects.into_iter().flat_map(|objects| objects.values()).filter_map(|tree| view(tree)).collect())
    }

    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        let namespaces = self.all(&kinds::NAMESPACE).ok().and_then(|all| all.namespaces.get(""));
        let object = namespaces.and_then(|namespaces| view(namespaces.get(name)?));
        object.ok_or_else(|| Unknown::namespace(name))
    }
}

fn view(tree: &Tree) -> Option<Object<'_>> {
    tree.root().and_then(Object::view)
}

impl Objects {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn insert(&mut self, namespace: &str, name: &str, tree: Arc<Tree>) {
        let objects = self.namespaces.entry(namespace.into()).or_default();
        self.count += usize::from(Arc::make_mut(objects).insert(name.into(), tree).is_none());
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, namespace: &str, name: &str) -> bool {
        let Some(objects) = self.namespaces.get_mut(namespace).filter(|objects| objects.contains_key(name))
        else {
            return false;
        };
        Arc::make_mut(objects).remove(name);
        self.count -= 1;
        if objects.is_empty() {
            self.namespaces.remove(namespace);
        }
        true
    }
}
