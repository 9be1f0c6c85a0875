//! Field paths, printed as the API server prints them: `spec.containers[0].image`,
//! `metadata.annotations[example.com/key]`.

use std::fmt;

use super::{Node, NodeId, ROOT};

/// How an element of a list is named in a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Elements {
    /// By position, as the API server does.
    Index,
    /// By what the API merges them by (`containers[name=app]`), so that the same element is found in another
    /// version of the object.
    Key,
}

/// The path from a root to a node, worked out when it is printed.
#[derive(Clone, Copy)]
pub struct FieldPath<'t> {
    root: NodeId,
    node: Node<'t>,
    elements: Elements,
}

/// Fields that the API uses as keys of lists of objects (`x-kubernetes-list-map-keys`, patch merge keys).
const LIST_KEYS: [&str; 8] =
    ["name", "mountPath", "devicePath", "topologyKey", "containerPort", "port", "key", "ip"];

impl<'t> FieldPath<'t> {
    /// The path below `root`, which must be an ancestor of `node` or the node itself.
    pub fn below(root: Node<'t>, node: Node<'t>) -> Self {
        Self { root: root.id(), node, elements: Elements::Index }
    }

    /// The path below the root of the document.
    pub fn from_root(node: Node<'t>) -> Self {
        Self { root: ROOT, node, elements: Elements::Index }
    }

    /// The same path with elements of lists named by their keys.
    pub fn by_key(self) -> Self {
        Self { elements: Elements::Key, ..self }
    }

    fn steps(self) -> Vec<Node<'t>> {
        let mut steps = Vec::new();
        let mut node = self.node;
        while node.id() != self.root {
            steps.push(node);
            let Some(parent) = node.parent() else { break };
            node = parent;
        }
        steps.reverse();
        steps
    }
}

impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, node) in self.steps().into_iter().enumerate() {
            if node.parent().is_some_and(Node::is_array) {
                write_element(f, node, self.elements)?;
            } else {
                write_key(f, node.key(), depth == 0)?;
            }
        }
        Ok(())
    }
}

fn write_element(f: &mut fmt::Formatter<'_>, node: Node<'_>, elements: Elements) -> fmt::Result {
    if elements == Elements::Key {
        for name in LIST_KEYS {
            match node.field(name).map(Node::value) {
                Some(super::Value::Text(value)) => return write!(f, "[{name}={value}]"),
                Some(super::Value::Int(value)) => return write!(f, "[{name}={value}]"),
                _ => {}
            }
        }
        if let Some(text) = node.as_str() {
            return write!(f, "[={text}]");
        }
    }
    write!(f, "[{}]", node.index_in_parent())
}

fn write_key(f: &mut fmt::Formatter<'_>, key: &str, first: bool) -> fmt::Result {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    match (plain, first) {
        (true, true) => f.write_str(key),
        (true, false) => write!(f, ".{key}"),
        // A key is a user's text: it must not break the line it is printed in.
        (false, _) => write!(f, "[{}]", key.escape_debug()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    #[test]
    fn prints_as_the_api_server_does() {
        let tree = json::read(
            br#"{"spec":{"template":{"spec":{"containers":[{},{"name":"app","image":"x"}]}}},
                 "metadata":{"annotations":{"example.com/a.b":"1","plain-key":"2"}},"data":{"a\nb":"3"}}"#,
        )
        .unwrap();
        let paths: Vec<_> = (0..u32::try_from(tree.len()).unwrap())
            .map(|id| tree.node(NodeId(id)).unwrap())
            .filter(|node| node.children().next().is_none())
            .map(|node| {
                (FieldPath::from_root(node).to_string(), FieldPath::from_root(node).by_key().to_string())
            })
            .collect();
        let expected = [
            ("spec.template.spec.containers[0]", "spec.template.spec.containers[0]"),
            ("spec.template.spec.containers[1].name", "spec.template.spec.containers[name=app].name"),
            ("spec.template.spec.containers[1].image", "spec.template.spec.containers[name=app].image"),
            ("metadata.annotations[example.com/a.b]", "metadata.annotations[example.com/a.b]"),
            ("metadata.annotations.plain-key", "metadata.annotations.plain-key"),
            ("data[a\\nb]", "data[a\\nb]"),
        ];
        let expected: Vec<_> = expected.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
        assert_eq!(paths, expected);
    }
}
