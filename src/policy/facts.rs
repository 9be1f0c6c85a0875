//! What is known about objects other than the one under review.

use super::target::KindLens;
use super::text::shown;
use crate::object::key::Key;
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;

/// A source of other objects: a snapshot of a cluster, or a set of files.
///
/// Both are complete for the kinds that they know; for any other they say so, and a policy must then report
/// itself as not evaluated instead of guessing.
pub trait Facts: Send + Sync {
    /// The objects of a kind that are found by a key; without one, all of them.
    fn find(
        &self,
        kind: &'static Kind,
        within: Within<'_>,
        by: Option<Key<'_>>,
    ) -> Result<Vec<Object<'_>>, Unknown>;

    /// The Namespace of this name.
    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        let found = self.find(&kinds::NAMESPACE, None.into(), Some(Key::Name(name)));
        let found = found.ok().and_then(|found| found.into_iter().next());
        found.ok_or_else(|| Unknown::namespace(name))
    }
}

/// Where objects are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within<'q> {
    /// In this namespace; `None` stands for objects without one.
    Namespace(Option<&'q str>),
    /// In all namespaces, and outside of them.
    Cluster,
}

impl<'q> From<Option<&'q str>> for Within<'q> {
    fn from(namespace: Option<&'q str>) -> Self {
        Self::Namespace(namespace)
    }
}

impl dyn Facts + '_ {
    /// All objects of a kind in a namespace.
    pub fn objects(&self, kind: &'static Kind, namespace: Option<&str>) -> Result<Vec<Object<'_>>, Unknown> {
        self.find(kind, namespace.into(), None)
    }

    /// The object of this kind and name.
    pub fn named(
        &self,
        kind: &'static Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Object<'_>>, Unknown> {
        Ok(self.find(kind, namespace.into(), Some(Key::Name(name)))?.into_iter().next())
    }

    /// The objects of the lens's kind that are found by a key; without one, all of them.
    pub fn list<L: KindLens>(
        &self,
        within: Within<'_>,
        by: Option<Key<'_>>,
    ) -> Result<Vec<L::At<'_>>, Unknown> {
        let objects = self.find(L::KIND, within, by)?;
        Ok(objects.into_iter().filter_map(|object| L::at(object.node())).collect())
    }
}

/// A fact that is needed and not known. What it says is written only for those who are told: where nothing is known,
/// a review meets many of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// Objects of a kind are not known.
    #[error("{} objects not known", .0.name)]
    Kind(&'static Kind),
    /// The object of a kind that has this name is not known.
    #[error("{} `{}` not known", .0.name, shown(.1))]
    Object(&'static Kind, String),
    /// It is not known in which namespace the object will be.
    #[error("the namespace not known")]
    Namespace,
}

impl Unknown {
    /// The Namespace of this name is not known.
    pub fn namespace(name: &str) -> Self {
        Self::Object(&kinds::NAMESPACE, name.to_owned())
    }
}

/// Nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn find(
        &self,
        kind: &'static Kind,
        _: Within<'_>,
        _: Option<Key<'_>>,
    ) -> Result<Vec<Object<'_>>, Unknown> {
        Err(Unknown::Kind(kind))
    }
}
