//! The cluster as it was a moment ago.

use std::collections::HashMap;
use std::sync::Arc;

use crate::object::View;
use crate::object::kinds::Kind;
use crate::object::meta::Object;
use crate::policy::{Facts, Unknown};
use crate::tree::Tree;

/// An immutable view of what the watches have seen; a new one replaces it as a whole.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Namespaces by name, metadata only; `None` until the watch has seen all of them.
    pub(super) namespaces: Option<HashMap<String, Arc<Tree>>>,
}

impl Facts for Snapshot {
    fn objects(&self, kind: &'static Kind, _: Option<&str>) -> Result<Vec<Object<'_>>, Unknown> {
        Err(Unknown::kind(kind))
    }

    fn namespace(&self, name: &str) -> Result<Object<'_>, Unknown> {
        let tree = self.namespaces.as_ref().and_then(|namespaces| namespaces.get(name));
        let object = tree.and_then(|tree| tree.root()).and_then(Object::view);
        object.ok_or_else(|| Unknown { what: format!("Namespace `{name}`") })
    }
}
