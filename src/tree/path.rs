//! Field paths, printed as the API server prints them: `spec.containers[0].image`,
//! `metadata.annotations[example.com/key]`.

use std::fmt;

use super::{Node, NodeId, ROOT, Value};

/// How an element of a list is named in a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Elements {
    /// By position, as the API server does.
    Index,
    /// By what the API merges them by (`containers[name=app]`), so that the same element is found in another
    /// version of the object.
    Key,
    /// The same, but texts by position: an element of `args` may be a secret, and a path may be read by anybody.
    Name,
}

/// The path from a root to a node, worked out when it is printed.
#[derive(Clone, Copy)]
pub struct FieldPath<'t> {
    root: NodeId,
    node: Node<'t>,
    elements: Elements,
}

/// The fields by which the API tells the elements of a list of objects apart, by the field that holds the list
/// (`x-kubernetes-list-map-keys`, and patch merge keys where there are none). Ports of containers and of Services
/// share a row. Lists that do not stand here have [`OTHER_LIST_KEYS`].
const LIST_KEYS: [(&str, &[&str]); 8] = [
    ("hostAliases", &["ip"]),
    ("ownerReferences", &["uid"]),
    ("ports", &["containerPort", "port", "protocol"]),
    ("resizePolicy", &["resourceName"]),
    ("subjects", &["kind", "namespace", "name"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
];

/// What tells elements of all other lists apart; lists without it go by position.
const OTHER_LIST_KEYS: &[&str] = &["name"];

impl<'t> FieldPath<'t> {
    /// The path below `root`, which must be an ancestor of `node` or the node itself.
    pub fn below(root: Node<'t>, node: Node<'t>) -> Self {
        Self::below_id(root.id(), node)
    }

    /// The same for who knows only which node of the tree the root is.
    pub(crate) fn below_id(root: NodeId, node: Node<'t>) -> Self {
        Self { root, node, elements: Elements::Index }
    }

    /// The path below the root of the document.
    pub fn from_root(node: Node<'t>) -> Self {
        Self { root: ROOT, node, elements: Elements::Index }
    }

    /// The same path with elements of lists named by their keys.
    pub fn by_key(self) -> Self {
        Self { elements: Elements::Key, ..self }
    }

    /// The same path for people and files: it shows no text of a list, which goes by its position.
    pub fn by_name(self) -> Self {
        Self { elements: Elements::Name, ..self }
    }

    /// Writes the path; into a string this takes a third of what formatting takes, and every finding has a path.
    pub(crate) fn write(self, out: &mut impl fmt::Write) -> fmt::Result {
        self.write_to(self.node, out)
    }

    /// Writes the path up to a node: from the root on, so that it takes as many calls as there are steps.
    fn write_to(self, node: Node<'t>, out: &mut impl fmt::Write) -> fmt::Result {
        let Some(parent) = node.parent().filter(|_| node.id() != self.root) else { return Ok(()) };
        self.write_to(parent, out)?;
        if parent.is_array() {
            write_element(out, node, parent, self.elements)
        } else {
            write_key(out, node.key(), parent.id() == self.root)
        }
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
        self.write(f)
    }
}

fn write_element(f: &mut impl fmt::Write, node: Node<'_>, list: Node<'_>, elements: Elements) -> fmt::Result {
    if elements != Elements::Index {
        let list = list.key();
        let keys = LIST_KEYS.iter().find(|(name, _)| *name == list).map_or(OTHER_LIST_KEYS, |(_, keys)| keys);
        let mut is_named = false;
        for key in keys {
            let before = if is_named { ',' } else { '[' };
            match node.field(key).map(Node::value) {
                Some(Value::Text(value)) => write!(f, "{before}{key}={value}")?,
                Some(Value::Int(value)) => write!(f, "{before}{key}={value}")?,
                _ => continue,
            }
            is_named = true;
        }
        if is_named {
            return f.write_char(']');
        }
        if let Some(text) = node.as_str().filter(|_| elements == Elements::Key) {
            return write!(f, "[={text}]");
        }
    }
    match node.index_in_parent() {
        // Most lists have one element.
        0 => f.write_str("[0]"),
        index => write!(f, "[{index}]"),
    }
}

/// Whether a path has the key as it is, and not in brackets.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| PLAIN[usize::from(byte)])
}

const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0_u8;
    while byte.is_ascii() {
        plain[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        byte += 1;
    }
    plain
};

fn write_key(f: &mut impl fmt::Write, key: &str, first: bool) -> fmt::Result {
    if !is_plain(key) {
        // A key is a user's text: it must not break the line it is printed in. Most are labels, of which nothing breaks.
        let is_label =
            key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'));
        f.write_char('[')?;
        if is_label {
            f.write_str(key)?;
        } else {
            write!(f, "{}", key.escape_debug())?;
        }
        return f.write_char(']');
    }
    if !first {
        f.write_char('.')?;
    }
    f.write_str(key)
}

/// The path of an entry of a map, as [`FieldPath`] prints it: `metadata.labels[example.com/key]`. The path of the map is
/// empty where the map itself is what paths begin at.
pub(crate) fn of_entry(map: &str, key: &str) -> String {
    let mut path = String::with_capacity(map.len() + key.len() + 2);
    path.push_str(map);
    // Writing into a string cannot fail.
    let _ = write_key(&mut path, key, map.is_empty());
    path
}

/// The keys of a path such as `metadata.annotations[example.com/key]`, as [`FieldPath`] prints it.
pub(crate) fn keys(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = path;
    std::iter::from_fn(move || {
        let (key, behind) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        if rest.is_empty() {
            return None;
        }
        rest = behind.strip_prefix('.').unwrap_or(behind);
        Some(key)
    })
}

/// A JSON Pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pointer(Vec<Box<str>>);

impl Pointer {
    /// The pointer from `root` to a node at or below it.
    pub(crate) fn below(root: Node<'_>, node: Node<'_>) -> Self {
        let steps = FieldPath::below(root, node).steps().into_iter();
        Self(
            steps
                .map(|node| match node.parent() {
                    Some(list) if list.is_array() => node.index_in_parent().to_string().into(),
                    _ => node.key().into(),
                })
                .collect(),
        )
    }

    /// One step further.
    pub(crate) fn push(&mut self, step: &str) {
        self.0.push(step.into());
    }

    /// Its steps: keys, and positions in lists.
    pub(crate) fn steps(&self) -> &[Box<str>] {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| write!(f, "/{}", step.replace('~', "~0").replace('/', "~1")))
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

    #[test]
    fn elements_go_by_the_keys_of_their_list() {
        for (list, element, expected) in [
            ("containers", r#"{"name":"app","image":"x"}"#, "[name=app]"),
            ("volumeMounts", r#"{"name":"data","mountPath":"/a"}"#, "[mountPath=/a]"),
            ("volumeDevices", r#"{"name":"data","devicePath":"/dev/a"}"#, "[devicePath=/dev/a]"),
            (
                "ports",
                r#"{"name":"dns","containerPort":53,"protocol":"UDP"}"#,
                "[containerPort=53,protocol=UDP]",
            ),
            ("ports", r#"{"name":"dns","port":53,"targetPort":53}"#, "[port=53]"),
            ("ownerReferences", r#"{"kind":"Job","name":"web","uid":"1"}"#, "[uid=1]"),
            (
                "subjects",
                r#"{"kind":"ServiceAccount","name":"web","namespace":"shop"}"#,
                "[kind=ServiceAccount,namespace=shop,name=web]",
            ),
            (
                "topologySpreadConstraints",
                r#"{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"}"#,
                "[topologyKey=zone,whenUnsatisfiable=DoNotSchedule]",
            ),
            ("hostAliases", r#"{"ip":"10.0.0.1"}"#, "[ip=10.0.0.1]"),
            ("tolerations", r#"{"key":"a","operator":"Exists"}"#, "[0]"),
            ("volumeMounts", r#"{"name":"data"}"#, "[0]"),
            ("args", r#""-v""#, "[=-v]"),
        ] {
            let tree = json::read(format!(r#"{{"{list}":[{element}]}}"#).as_bytes()).unwrap();
            let node = tree.root().unwrap().get(list).unwrap().children().next().unwrap();
            assert_eq!(FieldPath::from_root(node).by_key().to_string(), format!("{list}{expected}"));
            let shown = if list == "args" { "[0]" } else { expected };
            assert_eq!(FieldPath::from_root(node).by_name().to_string(), format!("{list}{shown}"));
        }
    }

    #[test]
    fn entries_are_named_alike_whether_they_are_there_or_not() {
        let tree = json::read(br#"{"labels":{"team":1,"a.b/c":2}}"#).unwrap();
        let root = tree.root().unwrap();
        for entry in root.field("labels").unwrap().children() {
            assert_eq!(of_entry("labels", entry.key()), FieldPath::from_root(entry).to_string());
        }
    }
}
