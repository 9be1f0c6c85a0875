//! What would mend a finding, where there is only one way to mend it.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::object::Place;
use crate::tree::path::{self, Pointer};
use crate::tree::{Node, NodeId, Tree};

/// One change to the object that mends a finding.
///
/// It is a place and a value, nothing more: where it comes to, as a JSON Pointer, is worked out for those who ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    node: NodeId,
    /// Path below the node to a field that is missing; empty for the node itself.
    below: Box<str>,
    change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Set(Literal),
    Append(Literal),
    Remove,
}

/// A value that a fix writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A string.
    Text(Cow<'static, str>),
}

/// One operation of a JSON Patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatchOperation {
    /// From the root that was asked for; ends in `-` to append to a list.
    pub(crate) path: Pointer,
    pub(crate) action: Action,
}

/// What an operation does at its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Add(Value),
    Replace(Value),
    Remove,
}

/// Fixes as a JSON Patch ([RFC 6902](https://www.rfc-editor.org/rfc/rfc6902)) of the document whose root this is.
///
/// Two fixes may need the same missing object: it is added once, with what both want in it.
pub(crate) fn patch<'f>(fixes: impl IntoIterator<Item = &'f Fix>, root: Node<'_>) -> Vec<PatchOperation> {
    let mut operations = Vec::<PatchOperation>::new();
    for operation in fixes.into_iter().filter_map(|fix| fix.operation(root)) {
        match operations.iter_mut().find(|earlier| earlier.path == operation.path) {
            Some(earlier) => earlier.take_in(operation),
            None => operations.push(operation),
        }
    }
    operations
}

impl Fix {
    /// Gives a field this value. The objects that it would stand in are made if they are missing.
    pub fn set<'t>(place: impl Into<Place<'t>>, value: impl Into<Literal>) -> Self {
        Self::new(place, Change::Set(value.into()))
    }

    /// Appends to a list; one that is missing is made, with the objects that it would stand in.
    pub fn append<'t>(list: impl Into<Place<'t>>, value: impl Into<Literal>) -> Self {
        Self::new(list, Change::Append(value.into()))
    }

    /// Removes a field.
    pub fn remove<'t>(place: impl Into<Place<'t>>) -> Self {
        Self::new(place, Change::Remove)
    }

    fn new<'t>(place: impl Into<Place<'t>>, change: Change) -> Self {
        let place = place.into();
        Self { node: place.node().id(), below: place.absent_path().into(), change }
    }

    /// The fix as an operation; `None` if there is nothing to do.
    fn operation(&self, root: Node<'_>) -> Option<PatchOperation> {
        let (node, missing) = self.target(root.tree())?;
        let mut path = Pointer::below(root, node);
        let value = match &self.change {
            Change::Remove if missing.is_empty() => {
                return Some(PatchOperation { path, action: Action::Remove });
            }
            Change::Remove => return None,
            Change::Append(value) if missing.is_empty() && node.is_array() => {
                path.push("-");
                return Some(PatchOperation { path, action: Action::Add(value.to_json()) });
            }
            Change::Append(value) => json!([value.to_json()]),
            Change::Set(value) => value.to_json(),
        };
        let nest = |value, keys: &[&str]| keys.iter().rev().fold(value, |value, key| json!({ *key: value }));
        let action = match missing.split_first() {
            Some((first, rest)) if !node.is_null() => {
                path.push(first);
                Action::Add(nest(value, rest))
            }
            _ => Action::Replace(nest(value, &missing)),
        };
        Some(PatchOperation { path, action })
    }

    /// The deepest node that exists, and the keys from there on. A `null` has nothing below it: it is in the way.
    fn target<'t>(&self, tree: &'t Tree) -> Option<(Node<'t>, Vec<&str>)> {
        let mut node = tree.node(self.node)?;
        let mut keys = path::keys(&self.below).peekable();
        while let Some(child) = keys.peek().and_then(|key| node.get(key)) {
            node = child;
            keys.next();
        }
        Some((node, keys.collect()))
    }
}

impl PatchOperation {
    /// The operation as a JSON Patch has it.
    pub(crate) fn to_json(&self) -> Value {
        let path = self.path.to_string();
        match &self.action {
            Action::Add(value) => json!({ "op": "add", "path": path, "value": value }),
            Action::Replace(value) => json!({ "op": "replace", "path": path, "value": value }),
            Action::Remove => json!({ "op": "remove", "path": path }),
        }
    }

    /// Adds what a later operation wants at the same path.
    fn take_in(&mut self, later: Self) {
        match (&mut self.action, later.action) {
            (Action::Add(value), Action::Add(more)) | (Action::Replace(value), Action::Replace(more)) => {
                merge(value, more);
            }
            (action, later) => *action = later,
        }
    }
}

/// Recurses as deep as the paths that policies name.
fn merge(value: &mut Value, more: Value) {
    match (value, more) {
        (Value::Object(value), Value::Object(more)) => {
            for (key, more) in more {
                match value.get_mut(&key) {
                    Some(value) => merge(value, more),
                    None => drop(value.insert(key, more)),
                }
            }
        }
        (Value::Array(value), Value::Array(more)) => {
            value.extend(more.into_iter().filter(|it| !value.contains(it)).collect::<Vec<_>>());
        }
        (value, more) => *value = more,
    }
}

impl Literal {
    fn to_json(&self) -> Value {
        match self {
            Self::Bool(value) => json!(value),
            Self::Int(value) => json!(value),
            Self::Text(value) => json!(value),
        }
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Literal {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&'static str> for Literal {
    fn from(value: &'static str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Literal {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::View as _;
    use crate::object::pod_spec::Container;
    use crate::tree::json;

    /// The patch of the container `/c/0` of a document.
    fn patched(container: &str, fixes: impl Fn(Container<'_>) -> Vec<Fix>) -> Vec<Value> {
        let tree = json::read(format!(r#"{{"c":[{container}]}}"#).as_bytes()).unwrap();
        let node = tree.root().unwrap().get("c").unwrap().children().next().unwrap();
        let fixes = fixes(Container::view(node).unwrap());
        patch(&fixes, tree.root().unwrap()).iter().map(PatchOperation::to_json).collect()
    }

    #[test]
    fn what_is_missing_is_made_from_the_first_object_that_is_there() {
        let set = |container: Container<'_>| vec![Fix::set(container.missing("securityContext.a"), false)];
        let drop_all =
            |container: Container<'_>| vec![Fix::append(container.missing("securityContext.drop"), "ALL")];
        for (container, expected) in [
            ("{}", json!([{ "op": "add", "path": "/c/0/securityContext", "value": { "a": false } }])),
            (
                r#"{"securityContext":{"b":1}}"#,
                json!([{ "op": "add", "path": "/c/0/securityContext/a", "value": false }]),
            ),
            (
                r#"{"securityContext":null}"#,
                json!([{ "op": "replace", "path": "/c/0/securityContext", "value": { "a": false } }]),
            ),
            (
                r#"{"securityContext":{"a":true}}"#,
                json!([{ "op": "replace", "path": "/c/0/securityContext/a", "value": false }]),
            ),
        ] {
            assert_eq!(json!(patched(container, set)), expected, "{container}");
        }
        for (container, expected) in [
            ("{}", json!([{ "op": "add", "path": "/c/0/securityContext", "value": { "drop": ["ALL"] } }])),
            (
                r#"{"securityContext":{"drop":["KILL"]}}"#,
                json!([{ "op": "add", "path": "/c/0/securityContext/drop/-", "value": "ALL" }]),
            ),
            (
                r#"{"securityContext":{"drop":null}}"#,
                json!([{ "op": "replace", "path": "/c/0/securityContext/drop", "value": ["ALL"] }]),
            ),
        ] {
            assert_eq!(json!(patched(container, drop_all)), expected, "{container}");
        }
    }

    #[test]
    fn an_object_that_several_fixes_need_is_added_once() {
        let fixes = |container: Container<'_>| {
            vec![
                Fix::set(container.missing("s.a"), false),
                Fix::set(container.missing("s.n.type"), "x".to_owned()),
                Fix::append(container.missing("s.c.drop"), "ALL"),
                Fix::append(container.missing("s.c.drop"), "ALL"),
                Fix::set(container.missing("s.c.n"), 3),
            ]
        };
        let value = json!({ "a": false, "n": { "type": "x" }, "c": { "drop": ["ALL"], "n": 3 } });
        assert_eq!(patched("{}", fixes), [json!({ "op": "add", "path": "/c/0/s", "value": value })]);
    }

    #[test]
    fn keys_are_escaped_and_what_is_not_there_is_not_removed() {
        let fixes = |container: Container<'_>| {
            vec![
                Fix::set(container.missing("annotations[a.b/c~d].e"), "x"),
                Fix::remove(container.missing("gone")),
                Fix::remove(container.missing("name")),
            ]
        };
        assert_eq!(
            patched(r#"{"annotations":{"a.b/c~d":{}},"name":"x"}"#, fixes),
            [
                json!({ "op": "add", "path": "/c/0/annotations/a.b~1c~0d/e", "value": "x" }),
                json!({ "op": "remove", "path": "/c/0/name" }),
            ]
        );
    }
}
