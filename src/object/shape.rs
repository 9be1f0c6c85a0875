//! The shape check: does every field that a lens can read have the type that the API gives it?
//!
//! It runs once, before any policy, so that an accessor's `None` always means "absent". The API server has
//! refused such objects before a webhook sees them; files have not been through it.

use super::quantity::Quantity;
use crate::tree::path::FieldPath;
use crate::tree::{Node, NodeId, Value};

/// The type of a field.
#[derive(Debug)]
pub enum Shape {
    /// A string.
    Text,
    /// `true` or `false`.
    Bool,
    /// An integer.
    Int,
    /// An integer or a string.
    IntOrString,
    /// A resource quantity: a string or a number.
    Quantity,
    /// A list.
    List(&'static Shape),
    /// A map with free keys.
    Map(&'static Shape),
    /// An object with these fields; others are not looked at.
    Object(&'static [(&'static str, &'static Shape)]),
}

/// A field of the wrong type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is {found}, must be {expected}")]
pub struct ShapeError {
    /// The field.
    pub path: String,
    /// What the API wants there.
    pub expected: &'static str,
    /// What stands there.
    pub found: &'static str,
    pub(crate) node: NodeId,
}

/// Finds the first field below `root` whose type is not the one in the shape.
pub fn check(root: Node<'_>, shape: &'static Shape) -> Result<(), ShapeError> {
    wrong_at(root, root, shape)
}

/// The same below a path of keys; where the path ends early there is nothing to check.
pub fn check_at(root: Node<'_>, path: &[String], shape: &'static Shape) -> Result<(), ShapeError> {
    let mut node = root;
    for key in path {
        node = match (node.value(), node.field(key)) {
            (Value::Object, Some(next)) => next,
            _ => return wrong_at(root, node, &Shape::Object(&[])),
        };
    }
    wrong_at(root, node, shape)
}

fn wrong_at(root: Node<'_>, node: Node<'_>, shape: &'static Shape) -> Result<(), ShapeError> {
    wrong(node, shape).map_or(Ok(()), |(node, shape)| {
        Err(ShapeError {
            path: FieldPath::below(root, node).to_string(),
            expected: shape.name(),
            found: found(node),
            node: node.id(),
        })
    })
}

impl Shape {
    fn name(&self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Bool => "a boolean",
            Self::Int => "an integer",
            Self::IntOrString => "an integer or a string",
            Self::Quantity => "a quantity",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Object(_) => "an object",
        }
    }
}

fn wrong<'t>(node: Node<'t>, shape: &'static Shape) -> Option<(Node<'t>, &'static Shape)> {
    let fits = match (shape, node.value()) {
        // The API reads `null` as absent, wherever it stands.
        (_, Value::Null)
        | (Shape::Text, Value::Text(_))
        | (Shape::Bool, Value::Bool(_))
        | (Shape::Int, Value::Int(_))
        | (Shape::IntOrString, Value::Int(_) | Value::Text(_)) => true,
        (Shape::Quantity, value) => Quantity::of(value).is_some(),
        (Shape::List(item), Value::Array) => return node.children().find_map(|child| wrong(child, item)),
        (Shape::Map(item), Value::Object) => return node.children().find_map(|child| wrong(child, item)),
        (Shape::Object(fields), Value::Object) => {
            return node.children().find_map(|child| {
                let key = child.key();
                let (_, shape) = fields.iter().find(|(name, _)| *name == key)?;
                wrong(child, shape)
            });
        }
        _ => false,
    };
    (!fits).then_some((node, shape))
}

fn found(node: Node<'_>) -> &'static str {
    match node.value() {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "an integer",
        Value::Number(_) => "a number",
        Value::Text(_) => "a string",
        Value::Array => "a list",
        Value::Object => "an object",
    }
}
