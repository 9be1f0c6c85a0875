//! What lenses are made of: places, values that know their place, lists and maps.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::quantity::Quantity;
use super::shape::Shape;
use crate::tree::path::FieldPath;
use crate::tree::{Children, Name, Node, Value};

/// A place in an object, where something stands or where something is missing.
#[derive(Clone, Copy)]
pub struct Place<'t> {
    node: Node<'t>,
    /// Path below `node` to a field that is not there; empty when the place is the node itself.
    absent: &'t str,
}

impl<'t> Place<'t> {
    /// The place of a field that is missing: the deepest node that exists, and the path from there.
    pub fn absent(node: Node<'t>, path: &'t str) -> Self {
        Self { node, absent: path }
    }

    /// The place of a field that is missing below a node: as much of the path as exists is gone down.
    pub fn missing(node: Node<'t>, path: &'t str) -> Self {
        // A look at each byte: keys are short, and searching for a character has to get ready first.
        let dot = path.bytes().position(|byte| byte == b'.');
        let (key, rest) = dot.map_or((path, ""), |dot| (&path[..dot], &path[dot + 1..]));
        match node.field(key) {
            Some(child) if rest.is_empty() => child.into(),
            Some(child) => Self::missing(child, rest),
            None => Self::absent(node, path),
        }
    }

    /// The deepest node that exists.
    pub fn node(self) -> Node<'t> {
        self.node
    }

    /// The path below [`Place::node`] to what is missing; empty if nothing is.
    pub fn absent_path(self) -> &'t str {
        self.absent
    }

    /// The field path of the place below the root of its object.
    pub fn path(self, root: Node<'_>) -> String {
        let mut path = FieldPath::below(root, self.node).to_string();
        push_absent(&mut path, self.absent);
        path
    }
}

/// Appends the path of a missing field to that of the node where it is missing.
pub(crate) fn push_absent(path: &mut String, absent: &str) {
    if !absent.is_empty() {
        if !path.is_empty() && !absent.starts_with('[') {
            path.push('.');
        }
        path.push_str(absent);
    }
}

impl<'t> From<Node<'t>> for Place<'t> {
    fn from(node: Node<'t>) -> Self {
        Self { node, absent: "" }
    }
}

/// A value together with the place where it stands, or would stand if the API had not supplied it.
#[derive(Clone, Copy)]
pub struct At<'t, T> {
    place: Place<'t>,
    value: T,
}

/// A string field.
pub type Text<'t> = At<'t, &'t str>;
/// An integer field.
pub type Int<'t> = At<'t, i64>;
/// A boolean field.
pub type Bool<'t> = At<'t, bool>;
/// A field of type `IntOrString`.
pub type IntOrString<'t> = At<'t, NumberOrText<'t>>;
/// A map of resource quantities, such as `requests` and `limits`.
pub type Quantities<'t> = Map<'t, At<'t, Quantity>>;

/// The two forms of the API's `IntOrString`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberOrText<'t> {
    /// A number.
    Number(i64),
    /// A string: a percentage or the name of a port.
    Text(&'t str),
}

impl<'t, T> At<'t, T> {
    pub(crate) fn new(place: impl Into<Place<'t>>, value: T) -> Self {
        Self { place: place.into(), value }
    }

    /// Where the value stands.
    pub fn place(&self) -> Place<'t> {
        self.place
    }
}

impl<T> Deref for At<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        self.value
    }
}

impl<'a, T: PartialEq<U>, U> PartialEq<At<'a, U>> for At<'_, T> {
    /// Compares what stands there, not where.
    fn eq(&self, other: &At<'a, U>) -> bool {
        self.value == other.value
    }
}

impl<T: fmt::Display> fmt::Display for At<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl fmt::Display for NumberOrText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl<'t, T> From<At<'t, T>> for Place<'t> {
    fn from(at: At<'t, T>) -> Self {
        at.place
    }
}

/// A type that a node can be read as.
pub trait View<'t>: Copy {
    /// What the node has to look like.
    const SHAPE: Shape;

    /// Reads the node; `None` if it has another shape, which the shape check has reported by then.
    fn view(node: Node<'t>) -> Option<Self>;
}

impl<'t> View<'t> for Text<'t> {
    const SHAPE: Shape = Shape::Text;

    fn view(node: Node<'t>) -> Option<Self> {
        node.as_str().map(|value| At::new(node, value))
    }
}

impl<'t> View<'t> for Int<'t> {
    const SHAPE: Shape = Shape::Int;

    fn view(node: Node<'t>) -> Option<Self> {
        node.as_i64().map(|value| At::new(node, value))
    }
}

impl<'t> View<'t> for Bool<'t> {
    const SHAPE: Shape = Shape::Bool;

    fn view(node: Node<'t>) -> Option<Self> {
        node.as_bool().map(|value| At::new(node, value))
    }
}

impl<'t> View<'t> for IntOrString<'t> {
    const SHAPE: Shape = Shape::IntOrString;

    fn view(node: Node<'t>) -> Option<Self> {
        let value = match node.value() {
            Value::Int(number) => NumberOrText::Number(number),
            Value::Text(text) => NumberOrText::Text(text),
            _ => return None,
        };
        Some(At::new(node, value))
    }
}

impl<'t> View<'t> for At<'t, Quantity> {
    const SHAPE: Shape = Shape::Quantity;

    fn view(node: Node<'t>) -> Option<Self> {
        Quantity::of(node.value()).map(|value| At::new(node, value))
    }
}

/// The children of a list or a map that may not be there.
fn children<'t>(place: Place<'t>, present: Option<Node<'t>>) -> Children<'t> {
    present.map_or_else(|| Children::none(place.node.tree()), Node::children)
}

/// A list field; an absent one reads as empty.
#[derive(Clone, Copy)]
pub struct List<'t, T> {
    place: Place<'t>,
    present: Option<Node<'t>>,
    items: PhantomData<T>,
}

impl<'t, T: View<'t>> List<'t, T> {
    pub(crate) fn of(parent: Node<'t>, name: &'static str) -> Self {
        Self::at(parent, parent.field(name), name)
    }

    #[inline]
    pub(crate) fn named(parent: Node<'t>, name: &'static Name) -> Self {
        Self::at(parent, parent.named(name), name.text())
    }

    #[inline]
    fn at(parent: Node<'t>, present: Option<Node<'t>>, name: &'static str) -> Self {
        let place = present.map_or(Place::absent(parent, name), Place::from);
        Self { place, present, items: PhantomData }
    }

    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = T> {
        children(self.place, self.present).filter_map(T::view)
    }

    /// Whether there is no element.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// The number of elements.
    pub fn len(self) -> usize {
        self.iter().count()
    }
}

impl<'t, T> From<List<'t, T>> for Place<'t> {
    fn from(list: List<'t, T>) -> Self {
        list.place
    }
}

/// A map field with free keys; an absent one reads as empty.
#[derive(Clone, Copy)]
pub struct Map<'t, T> {
    place: Place<'t>,
    present: Option<Node<'t>>,
    values: PhantomData<T>,
}

impl<'t, T: View<'t>> Map<'t, T> {
    #[inline]
    pub(crate) fn named(parent: Node<'t>, name: &'static Name) -> Self {
        Self::at(parent, parent.named(name), name.text())
    }

    #[inline]
    fn at(parent: Node<'t>, present: Option<Node<'t>>, name: &'static str) -> Self {
        let place = present.map_or(Place::absent(parent, name), Place::from);
        Self { place, present, values: PhantomData }
    }

    /// The value of a key.
    pub fn get(self, key: &str) -> Option<T> {
        self.present?.field(key).and_then(T::view)
    }

    /// Keys and values in order.
    pub fn iter(self) -> impl Iterator<Item = (&'t str, T)> {
        children(self.place, self.present).filter_map(|node| T::view(node).map(|value| (node.key(), value)))
    }

    /// Whether there is no entry.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }
}

impl<'t, T> From<Map<'t, T>> for Place<'t> {
    fn from(map: Map<'t, T>) -> Self {
        map.place
    }
}

/// Declares lenses: for each field its name in the API, the accessor, its type, and the value that the API
/// server fills in when it is absent.
///
/// `T` reads as `Option<T>`, `T = default` as `T`, `[T]` as a list and `{T}` as a map, both empty when absent.
macro_rules! lens {
    ($(
        $(#[$meta:meta])*
        $name:ident {
            $( $api:literal => $field:ident : $type:tt $(= $default:expr)? ),* $(,)?
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy)]
        pub struct $name<'t>($crate::tree::Node<'t>);

        impl<'t> $name<'t> {
            $(
                #[doc = concat!("Field `", $api, "`.")]
                #[inline]
                pub fn $field(self) -> lens!(@out $type $(= $default)?) {
                    lens!(@read self.0, $api, $type $(= $default)?)
                }
            )*

            /// The node behind the lens.
            pub fn node(self) -> $crate::tree::Node<'t> {
                self.0
            }

            /// The place of a field that is missing below, however deep: `lens.missing("limits.memory")`.
            pub fn missing(self, path: &'t str) -> $crate::object::Place<'t> {
                $crate::object::Place::missing(self.0, path)
            }
        }

        impl<'t> $crate::object::View<'t> for $name<'t> {
            const SHAPE: $crate::object::shape::Shape =
                $crate::object::shape::Shape::Object(&$crate::object::shape::Fields::of(&[
                    $( $crate::object::shape::Field::new($api, lens!(@shape $type)) ),*
                ]));

            fn view(node: $crate::tree::Node<'t>) -> Option<Self> {
                node.is_object().then_some(Self(node))
            }
        }

        impl<'t> From<$name<'t>> for $crate::object::Place<'t> {
            fn from(lens: $name<'t>) -> Self {
                lens.0.into()
            }
        }
    )*};

    (@out [$item:ident]) => { $crate::object::List<'t, $item<'t>> };
    (@out {$item:ident}) => { $crate::object::Map<'t, $item<'t>> };
    (@out $item:ident) => { Option<$item<'t>> };
    (@out $item:ident = $default:expr) => { $item<'t> };

    (@read $node:expr, $api:literal, [$item:ident]) => { $crate::object::List::named($node, lens!(@name $api)) };
    (@read $node:expr, $api:literal, {$item:ident}) => { $crate::object::Map::named($node, lens!(@name $api)) };
    (@read $node:expr, $api:literal, $item:ident) => {
        $node.named(lens!(@name $api)).and_then($crate::object::View::view)
    };
    (@read $node:expr, $api:literal, $item:ident = $default:expr) => {
        $node.named(lens!(@name $api)).and_then($crate::object::View::view).unwrap_or_else(|| {
            $crate::object::At::new($crate::object::Place::absent($node, $api), $default)
        })
    };

    (@name $api:literal) => { const { &$crate::tree::Name::of($api) } };

    (@shape [$item:ident]) => { &$crate::object::shape::Shape::List(lens!(@shape $item)) };
    (@shape {$item:ident}) => { &$crate::object::shape::Shape::Map(lens!(@shape $item)) };
    (@shape $item:ident) => { &<$item<'static> as $crate::object::View<'static>>::SHAPE };
}

pub(crate) use lens;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::json;

    #[test]
    fn what_is_missing_is_placed_as_deep_as_the_object_goes() {
        let tree = json::read(br#"{"a":{"b":{"c":1},"n":null}}"#).unwrap();
        let root = tree.root().unwrap();
        for (path, node, absent) in [
            ("x.y", "", "x.y"),
            ("a.x.y", "a", "x.y"),
            ("a.b.x", "b", "x"),
            ("a.n.x", "a", "n.x"),
            ("a.b.c", "c", ""),
        ] {
            let place = Place::missing(root, path);
            assert_eq!((place.node().key(), place.absent_path()), (node, absent), "{path}");
            assert_eq!(place.path(root), path);
        }
    }
}
