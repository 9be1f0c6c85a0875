//! Where the nodes of a tree stand in the text they were read from.

use std::fmt;

use super::Node;

/// A place in a text; prints as `line:column`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in Unicode code points.
    pub column: u32,
}

impl Position {
    /// Where every text starts.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The side table of a tree: the position of every node, and of its key.
#[derive(Clone, Debug, Default)]
pub struct Positions(Vec<Place>);

#[derive(Clone, Copy, Debug)]
struct Place {
    key: Option<Position>,
    value: Position,
}

impl Positions {
    /// Where the value of a node starts; what came through a YAML alias stands where its anchor is, only the
    /// topmost such node where the alias is.
    pub fn of(&self, node: Node<'_>) -> Position {
        self.place(node).map_or(Position::START, |place| place.value)
    }

    /// Where the key of a node starts; `None` for elements of arrays and for the root.
    pub fn key_of(&self, node: Node<'_>) -> Option<Position> {
        self.place(node)?.key
    }

    /// Bytes of memory held.
    pub fn heap_size(&self) -> usize {
        self.0.capacity() * size_of::<Place>()
    }

    /// Notes the position of the node that is pushed next.
    pub(super) fn push(&mut self, key: Option<Position>, value: Position) {
        self.0.push(Place { key, value });
    }

    fn place(&self, node: Node<'_>) -> Option<&Place> {
        self.0.get(node.id().index())
    }
}
