//! Facts over facts: what is about to be applied stands before what is there.

use std::collections::HashSet;

use super::facts::{Facts, Unknown};
use crate::object::kinds::Kind;
use crate::object::meta::Object;

/// One source of facts over another: an object of the upper one takes the place of that with its kind, namespace and
/// name in the lower one, and everything else of both is known.
///
/// What one of the two does not know is not known: an object that nobody can see may be just the one that matters.
pub struct Layered<'a> {
    over: &'a dyn Facts,
    under: &'a dyn Facts,
}

impl<'a> Layered<'a> {
    /// `over` before `under`.
    pub fn new(over: &'a dyn Facts, under: &'a dyn Facts) -> Self {
        Self { over, under }
    }
}

impl Facts for Layered<'_> {
    fn objects(&self, kind: &'static Kind, namespace: Option<&str>) -> Result<Vec<Object<'_>>, Unknown> {
        let mut objects = self.over.objects(kind, namespace)?;
        let replaced: HashSet<&str> = objects.iter().filter_map(|object| object.name()).collect();
        let under = self.under.objects(kind, namespace)?;
        let is_kept = |object: &Object<'_>| object.name().is_none_or(|name| !replaced.contains(name));
        objects.extend(under.into_iter().filter(is_kept));
        Ok(objects)
    }

    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        self.over.namespace(name).or_else(|_| self.under.namespace(name))
    }
}
