//! The shape check: does every field that a lens can read have the type that the API gives it?
//!
//! It runs once, before any policy, so that an accessor's `None` always means "absent". The API server has
//! refused such objects before a webhook sees them; files have not been through it.

use super::quantity::Quantity;
use crate::tree::path::FieldPath;
use crate::tree::{Kind, Name, Node, NodeId, Tag, Value};

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
    Object(&'static Fields),
}

/// The fields of an object.
#[derive(Debug)]
pub struct Fields {
    all: &'static [Field],
    /// For each bucket of tags the place in `all`, from 1, of the first field in it; 0 where there is none.
    first: [u8; Tag::BUCKETS],
    /// Whether no two have the same tag.
    are_told_by_tags: bool,
}

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    name: Name,
    shape: &'static Shape,
}

impl Fields {
    /// The fields of this list.
    ///
    /// # Panics
    /// If there are more than 255, when Seawall is compiled.
    pub const fn of(fields: &'static [Field]) -> Self {
        assert!(fields.len() < 256, "places are bytes");
        let mut first = [0; Tag::BUCKETS];
        let mut are_told_by_tags = true;
        let mut place = fields.len();
        while place > 0 {
            let tag = fields[place - 1].name.tag();
            let mut other = place;
            while other < fields.len() {
                are_told_by_tags &= !fields[other].name.tag().is(tag);
                other += 1;
            }
            first[tag.bucket()] = place.to_le_bytes()[0];
            place -= 1;
        }
        Self { all: fields, first, are_told_by_tags }
    }

    /// The shape of the field of this name.
    fn of_name(&self, name: &str) -> Option<&'static Shape> {
        self.all.iter().find(|field| field.name.text() == name).map(|field| field.shape)
    }

    /// The fields whose name a key with this tag can be.
    fn of_tag(&self, tag: Tag) -> impl Iterator<Item = &'static Field> {
        let first = usize::from(self.first[tag.bucket()]).checked_sub(1);
        let fields = first.map_or(&[][..], |first| &self.all[first..]);
        fields.iter().filter(move |field| field.name.tag() == tag)
    }
}

impl Field {
    /// A field by its name in the API.
    pub const fn new(name: &'static str, shape: &'static Shape) -> Self {
        Self { name: Name::of(name), shape }
    }
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
            _ => return wrong_at(root, node, &Shape::Object(const { &Fields::of(&[]) })),
        };
    }
    wrong_at(root, node, shape)
}

/// Takes out of a value whatever no lens of this shape reads: what is kept of an object that others are judged with.
pub fn prune(value: &mut serde_json::Value, shape: &Shape) {
    use serde_json::Value;
    match (value, shape) {
        (Value::Object(map), Shape::Object(fields)) => {
            map.retain(|key, value| fields.of_name(key).map(|shape| prune(value, shape)).is_some());
        }
        (Value::Object(map), Shape::Map(item)) => map.values_mut().for_each(|value| prune(value, item)),
        (Value::Array(list), Shape::List(item)) => list.iter_mut().for_each(|value| prune(value, item)),
        _ => {}
    }
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
    /// Whether an object of this shape has no other fields than these.
    pub fn has_only(&self, names: &[&str]) -> bool {
        matches!(self, Self::Object(fields) if fields.all.iter().all(|it| names.contains(&it.name.text())))
    }

    /// Whether it is the shape of a scalar, and a scalar of this type stands at the node.
    #[inline]
    fn fits_scalar(&self, node: Node<'_>, kind: Kind) -> bool {
        match self {
            Self::Text => kind == Kind::Text,
            Self::Bool => kind == Kind::Bool,
            Self::Int => kind == Kind::Int,
            Self::IntOrString => matches!(kind, Kind::Int | Kind::Text),
            Self::Quantity => is_quantity(node),
            Self::List(_) | Self::Map(_) | Self::Object(_) => false,
        }
    }

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
    wrong_of(node, node.kind(), shape)
}

fn wrong_of<'t>(node: Node<'t>, kind: Kind, shape: &'static Shape) -> Option<(Node<'t>, &'static Shape)> {
    let mut children = node.glances();
    match (shape, kind) {
        (Shape::List(item), Kind::Array) | (Shape::Map(item), Kind::Object) => {
            children.find_map(|(child, _, kind)| wrong_child(child, kind, item))
        }
        (Shape::Object(fields), Kind::Object) => {
            children.find_map(|(child, tag, kind)| wrong_field(child, tag, kind, fields))
        }
        // The API reads `null` as absent, wherever it stands.
        _ => (kind != Kind::Null && !shape.fits_scalar(node, kind)).then_some((node, shape)),
    }
}

/// Most nodes are scalars of the right type, and need no visit of their own.
#[inline]
fn wrong_child<'t>(child: Node<'t>, kind: Kind, shape: &'static Shape) -> Option<(Node<'t>, &'static Shape)> {
    if shape.fits_scalar(child, kind) { None } else { wrong_of(child, kind, shape) }
}

#[inline]
fn wrong_field<'t>(
    child: Node<'t>,
    tag: Tag,
    kind: Kind,
    fields: &'static Fields,
) -> Option<(Node<'t>, &'static Shape)> {
    let mut candidates = fields.of_tag(tag);
    let mut field = candidates.next()?;
    // Whether the key is the name of the field matters only for what is not a scalar of the right type.
    if fields.are_told_by_tags && field.shape.fits_scalar(child, kind) {
        return None;
    }
    while !child.has_key(field.name.text()) {
        field = candidates.next()?;
    }
    wrong_child(child, kind, field.shape)
}

/// Apart from the other scalars, because it reads a text and they look at a type.
fn is_quantity(node: Node<'_>) -> bool {
    Quantity::of(node.value()).is_some()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::kinds;
    use crate::tree::json;

    #[test]
    fn every_field_is_found_by_its_name_and_no_other() {
        for kind in kinds::ALL {
            assert_finds_each(kind.shape);
        }
    }

    fn assert_finds_each(shape: &'static Shape) {
        match shape {
            Shape::List(item) | Shape::Map(item) => assert_finds_each(item),
            Shape::Object(fields) => {
                for field in fields.all {
                    let name = field.name.text();
                    // Nothing that a field can be is a list of lists.
                    let wrong_below = |key: &str| {
                        let tree = json::read(format!(r#"{{"{key}":[[]]}}"#).as_bytes()).unwrap();
                        wrong(tree.root().unwrap(), shape).map(|(_, expected)| expected)
                    };
                    let of_list = if let Shape::List(item) = field.shape { item } else { field.shape };
                    assert!(wrong_below(name).is_some_and(|it| std::ptr::eq(it, of_list)), "{name}");
                    assert!(wrong_below(&format!("{name}X")).is_none(), "{name}");
                    assert_finds_each(field.shape);
                }
            }
            _ => {}
        }
    }
}
