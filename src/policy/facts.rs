//! What is known about objects other than the one under review.

use super::target::KindLens;
use crate::object::kinds::Kind;
use crate::object::meta::Object;

/// A source of other objects: a snapshot of a cluster, or a set of files.
///
/// Both are complete for the kinds that they know; for any other they say so, and a policy must then report
/// itself as not evaluated instead of guessing.
pub trait Facts: Send + Sync {
    /// All objects of a kind in a namespace; `None` stands for objects without one.
    fn objects(&self, kind: &'static Kind, namespace: Option<&str>) -> Result<Vec<Object<'_>>, Unknown>;

    /// The Namespace of this name.
    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown>;
}

impl dyn Facts + '_ {
    /// All objects of the lens's kind in a namespace.
    pub fn list<L: KindLens>(&self, namespace: Option<&str>) -> Result<Vec<L::At<'_>>, Unknown> {
        let objects = self.objects(L::KIND, namespace)?;
        Ok(objects.into_iter().filter_map(|object| L::at(object.node())).collect())
    }
}

/// A fact that is needed and not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} not known")]
pub struct Unknown {
    /// What is not known, such as `HorizontalPodAutoscaler objects`.
    pub what: String,
}

impl Unknown {
    /// Objects of a kind are not known.
    pub fn kind(kind: &Kind) -> Self {
        Self { what: format!("{} objects", kind.name) }
    }
}

/// Nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn objects(&self, kind: &'static Kind, _: Option<&str>) -> Result<Vec<Object<'_>>, Unknown> {
        Err(Unknown::kind(kind))
    }

    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        Err(Unknown { what: format!("Namespace `{name}`") })
    }
}
