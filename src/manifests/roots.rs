//! The objects in a document: the document itself, or the items of a `List`, however deep.

use crate::object::kinds::{self, Kind};
use crate::policy::GroupVersionKind;
use crate::tree::Node;

/// What a document, or an item of a list, comes to.
pub(super) enum Found<'t> {
    /// An object, and the node that its type stands at: itself, or the list that it is an item of.
    Object(Node<'t>, Node<'t>),
    /// Something else.
    Other(Node<'t>),
}

/// An object of a file.
#[derive(Clone, Copy)]
pub struct Root<'t> {
    /// The object.
    pub node: Node<'t>,
    /// Its API version.
    pub api_version: &'t str,
    /// Its kind.
    pub kind: &'t str,
}

impl<'t> Root<'t> {
    /// An object whose type stands at `typed`: at the object itself, or at the list that it is an item of.
    pub(super) fn new(node: Node<'t>, typed: Node<'t>) -> Option<Self> {
        let (api_version, kind) = type_of(typed)?;
        let kind = if node == typed { Some(kind) } else { kind.strip_suffix("List") };
        let kind = kind.filter(|kind| !kind.is_empty())?;
        Some(Self { node, api_version, kind })
    }

    /// Its type.
    pub fn written_as(&self) -> GroupVersionKind<'t> {
        GroupVersionKind::new(self.api_version, self.kind)
    }

    /// Its kind, if Seawall knows it by name.
    pub(super) fn known_kind(&self) -> Option<&'static Kind> {
        let GroupVersionKind { group, kind, .. } = self.written_as();
        kinds::find(group, kind)
    }
}

/// Calls `found` for each object below `node`, in document order.
///
/// An item of a list such as `PodList` may leave out its type, as the API server does when it lists: it is then
/// that of the list, for kubectl too.
pub(super) fn each<'t>(node: Node<'t>, found: &mut impl FnMut(Found<'t>)) {
    let Some((_, kind)) = type_of(node) else { return found(Found::Other(node)) };
    let Some(items) = node.field("items").filter(|items| kind.ends_with("List") && items.is_array()) else {
        return found(Found::Object(node, node));
    };
    for item in items.children() {
        if type_of(item).is_some() {
            each(item, found);
        } else if item.is_object() && Root::new(item, node).is_some() {
            found(Found::Object(item, node));
        } else {
            found(Found::Other(item));
        }
    }
}

/// API version and kind.
fn type_of(node: Node<'_>) -> Option<(&str, &str)> {
    let text = |key| node.field(key)?.as_str().filter(|it| !it.is_empty());
    text("apiVersion").zip(text("kind"))
}
