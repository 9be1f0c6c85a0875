//! The environment variables of a container, found once: a dozen policies look at each of them.

use super::lens::{Place, Text, View};
use super::pod_spec::{Container, EnvVar, EnvVarSource};
use crate::tree::{Node, NodeId, ROOT, Tree};

/// An environment variable.
#[derive(Clone, Copy)]
pub struct Variable<'t> {
    node: Node<'t>,
    found: Found,
}

/// Where a variable and its fields stand; no field is at the root. Small, because an object may have a million of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    variable: NodeId,
    name: NodeId,
    value: NodeId,
    from: NodeId,
}

impl Found {
    /// The variables that stand in a container.
    pub(super) fn all(container: Container<'_>) -> Vec<Self> {
        container.env().iter().map(Self::of).collect()
    }

    fn of(variable: EnvVar<'_>) -> Self {
        let text = |text: Option<Text<'_>>| text.map_or(ROOT, |text| text.place().node().id());
        Self {
            variable: variable.node().id(),
            name: text(variable.name()),
            value: text(variable.value()),
            from: variable.value_from().map_or(ROOT, |from| from.node().id()),
        }
    }
}

impl<'t> Variable<'t> {
    pub(super) fn new(tree: &'t Tree, found: Found) -> Option<Self> {
        tree.node(found.variable).map(|node| Self { node, found })
    }

    /// Field `name`.
    pub fn name(self) -> Option<Text<'t>> {
        self.field(self.found.name)
    }

    /// Field `value`.
    pub fn value(self) -> Option<Text<'t>> {
        self.field(self.found.value)
    }

    /// Field `valueFrom`.
    pub fn value_from(self) -> Option<EnvVarSource<'t>> {
        self.field(self.found.from)
    }

    /// Name and value, where both are written out.
    pub fn written(self) -> Option<(Text<'t>, Text<'t>)> {
        self.name().zip(self.value())
    }

    fn field<T: View<'t>>(self, field: NodeId) -> Option<T> {
        if field == ROOT { None } else { self.node.tree().node(field).and_then(T::view) }
    }
}

impl<'t> From<Variable<'t>> for Place<'t> {
    fn from(variable: Variable<'t>) -> Self {
        variable.node.into()
    }
}
