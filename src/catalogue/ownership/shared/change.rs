//! What an update changes in what a manifest describes.

use crate::object::meta::Object;
use crate::tree::path::FieldPath;
use crate::tree::{Node, Value};

/// Fields of an object that no manifest describes, or that hold no instruction: who owns a Deployment does not mind
/// another label on it.
const NOT_DESCRIBED: [&str; 4] = ["apiVersion", "kind", "metadata", "status"];

/// A field that an update changes.
pub(in super::super) struct Change<'t> {
    /// The field in the new object, or what it was taken from.
    pub(in super::super) place: Node<'t>,
    /// Its path, as findings have it.
    pub(in super::super) path: String,
}

/// The first field that differs between two versions of an object and is not to be ignored.
///
/// Absent, `null` and empty are the same here, as they are for the API, so that a map that is new is a change by what
/// is in it. Elements of lists are compared by their position, and a list of another length is a change itself.
pub(in super::super) fn first<'t>(
    old: Object<'_>,
    new: Object<'t>,
    is_ignored: impl Fn(&str) -> bool,
) -> Option<Change<'t>> {
    let (old, new) = (old.node(), new.node());
    let mut open = Vec::new();
    Pair { old: Some(old), new: Some(new), within: new }.push_entries(&mut open);
    open.retain(|pair| !NOT_DESCRIBED.contains(&pair.key()));
    while let Some(pair) = open.pop() {
        if pair.push_children(&mut open) {
            continue;
        }
        let path = match (pair.new, pair.old) {
            (Some(node), _) => FieldPath::below(new, node),
            (None, Some(node)) => FieldPath::below(old, node),
            (None, None) => continue,
        };
        let path = path.to_string();
        if !is_ignored(&path) {
            return Some(Change { place: pair.new.unwrap_or(pair.within), path });
        }
    }
    None
}

/// What stands at one place before and after.
struct Pair<'o, 'n> {
    old: Option<Node<'o>>,
    new: Option<Node<'n>>,
    /// The deepest node of the new object that holds the place.
    within: Node<'n>,
}

impl Pair<'_, '_> {
    fn key(&self) -> &str {
        match (&self.new, &self.old) {
            (Some(node), _) => node.key(),
            (None, node) => node.map_or("", Node::key),
        }
    }

    /// Whether both are the same so far as they are looked at here; what is left to compare goes to the others, the
    /// first on top.
    fn push_children(&self, open: &mut Vec<Self>) -> bool {
        match (self.old.map(Node::value), self.new.map(Node::value)) {
            (Some(Value::Object) | None, Some(Value::Object) | None) => self.push_entries(open),
            (Some(Value::Array), Some(Value::Array)) => return self.push_elements(open),
            (Some(Value::Array), None) => {
                return self.old.is_some_and(|list| list.children().next().is_none());
            }
            (None, Some(Value::Array)) => {
                return self.new.is_some_and(|list| list.children().next().is_none());
            }
            (old, new) => return old == new,
        }
        true
    }

    fn push_elements(&self, open: &mut Vec<Self>) -> bool {
        let (Some(old), Some(new)) = (self.old, self.new) else { return false };
        if old.children().count() != new.children().count() {
            return false;
        }
        let start = open.len();
        let elements = old.children().zip(new.children());
        open.extend(elements.map(|(old, new)| Self { old: Some(old), new: Some(new), within: new }));
        open[start..].reverse();
        true
    }

    fn push_entries(&self, open: &mut Vec<Self>) {
        let within = self.new.unwrap_or(self.within);
        let (mut old, mut new) = (entries(self.old), entries(self.new));
        if old.iter().zip(&new).any(|(old, new)| old.key() != new.key()) {
            old.sort_unstable_by_key(|entry| entry.key());
            new.sort_unstable_by_key(|entry| entry.key());
        }
        let start = open.len();
        let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(old), Some(new)) => old.key().cmp(new.key()),
            };
            let taken = (old.next_if(|_| order.is_le()), new.next_if(|_| order.is_ge()));
            open.push(Self { old: taken.0, new: taken.1, within });
        }
        open[start..].reverse();
    }
}

/// The entries of an object that are not `null`.
fn entries(node: Option<Node<'_>>) -> Vec<Node<'_>> {
    node.into_iter().flat_map(Node::children).filter(|entry| !entry.is_null()).collect()
}

/// Whether a path is one that a pattern names, or lies below it. `[*]` in a pattern stands for every element of a list.
pub(in super::super) fn is_at_or_below(path: &str, pattern: &str) -> bool {
    let mut path = path;
    for (index, part) in pattern.split("[*]").enumerate() {
        if index > 0 {
            let Some((_, rest)) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
                return false;
            };
            path = rest;
        }
        let Some(rest) = path.strip_prefix(part) else { return false };
        path = rest;
    }
    path.is_empty() || path.starts_with(['.', '['])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::View;
    use crate::tree::json;

    #[test]
    fn finds_the_first_field_that_differs() {
        for (old, new, ignored, expected) in [
            (r#"{"spec":{"a":1}}"#, r#"{"spec":{"a":1}}"#, "", None),
            (r#"{"spec":{"a":1}}"#, r#"{"spec":{"a":2}}"#, "", Some("spec.a")),
            (r#"{"spec":{"a":1,"b":2}}"#, r#"{"spec":{"b":2,"a":1}}"#, "", None),
            (r#"{"spec":{"a":1,"b":2}}"#, r#"{"spec":{"b":3,"a":1}}"#, "", Some("spec.b")),
            (r#"{"spec":{"a":1,"b":2}}"#, r#"{"spec":{"a":3,"b":3}}"#, "", Some("spec.a")),
            (r#"{"spec":{"a":1,"b":2}}"#, r#"{"spec":{"a":3,"b":3}}"#, "spec.a", Some("spec.b")),
            (r#"{"spec":{"a":1}}"#, r#"{"spec":{}}"#, "", Some("spec.a")),
            (r#"{"spec":{"a":1}}"#, "{}", "", Some("spec.a")),
            ("{}", r#"{"spec":{"a":{"b.c":1}}}"#, "", Some("spec.a[b.c]")),
            ("{}", r#"{"spec":{"a":{"b.c":1}}}"#, "spec.a[b.c]", None),
            ("{}", r#"{"spec":{"a":{"b.c":1}}}"#, "spec", None),
            ("{}", r#"{"spec":{"a":{},"b":[],"c":null}}"#, "", None),
            (r#"{"spec":{"a":[1,2]}}"#, r#"{"spec":{"a":[1,3]}}"#, "", Some("spec.a[1]")),
            (r#"{"spec":{"a":[1,2]}}"#, r#"{"spec":{"a":[1]}}"#, "", Some("spec.a")),
            (r#"{"spec":{"a":[{"b":1}]}}"#, r#"{"spec":{"a":[{"b":2}]}}"#, "spec.a[*].b", None),
            (r#"{"spec":{"a":{"b":1}}}"#, r#"{"spec":{"a":"b"}}"#, "", Some("spec.a")),
            (r#"{"data":{"a":"1"}}"#, r#"{"data":{"a":"2"}}"#, "dat", Some("data.a")),
            (
                r#"{"metadata":{"a":1},"status":{},"apiVersion":"v1"}"#,
                r#"{"metadata":{"a":2},"status":{"b":1},"apiVersion":"v2"}"#,
                "",
                None,
            ),
        ] {
            let (before, after) = (json::read(old.as_bytes()).unwrap(), json::read(new.as_bytes()).unwrap());
            let [before, after] = [&before, &after].map(|tree| Object::view(tree.root().unwrap()).unwrap());
            let found = first(before, after, |path| !ignored.is_empty() && is_at_or_below(path, ignored));
            assert_eq!(found.map(|it| it.path).as_deref(), expected, "{old} {new} {ignored}");
        }
    }

    #[test]
    fn deep_and_wide_objects_take_no_stack() {
        let depth = crate::tree::MAX_DEPTH - 2;
        let deep = |leaf: &str| format!("{}{leaf}{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        let wide = |last: u32| {
            let entries: Vec<_> = (0..20_000).map(|key| format!(r#""{key}":{last}"#)).collect();
            format!(r#"{{"data":{{{}}}}}"#, entries.join(","))
        };
        for (old, new) in [(deep("1"), deep("2")), (wide(1), wide(2))] {
            let (before, after) = (json::read(old.as_bytes()).unwrap(), json::read(new.as_bytes()).unwrap());
            let [before, after] = [&before, &after].map(|tree| Object::view(tree.root().unwrap()).unwrap());
            assert!(first(before, after, |_| false).is_some());
            assert!(first(before, before, |_| false).is_none());
        }
    }
}
