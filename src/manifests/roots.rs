//! The objects in a document: the document itself, or the items of a `List`, however deep.

use crate::tree::Node;

/// What a document, or an item of a list, comes to.
pub(super) enum Root<'t> {
    /// An object with an API version and a kind.
    Object(Node<'t>),
    /// Something else.
    Other(Node<'t>),
}

/// Calls `found` for each object below `node`, in document order.
pub(super) fn each<'t>(node: Node<'t>, found: &mut impl FnMut(Root<'t>)) {
    let Some(kind) = kind(node) else { return found(Root::Other(node)) };
    match node.field("items").filter(|items| kind.ends_with("List") && items.is_array()) {
        Some(items) => items.children().for_each(|item| each(item, found)),
        None => found(Root::Object(node)),
    }
}

fn kind(node: Node<'_>) -> Option<&str> {
    let text = |key| node.field(key)?.as_str().filter(|it| !it.is_empty());
    text("apiVersion")?;
    text("kind")
}
