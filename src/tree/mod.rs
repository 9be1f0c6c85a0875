//! The one form everything judged is read into: a flat, owned tree.
//!
//! All nodes lie in one vector in document order, each knowing its parent and where its subtree ends; all
//! text lies in one buffer. A tree is cleared and filled again between reviews, so a busy server stops
//! allocating for it. [`json`] and [`yaml`] fill it, lenses (`object`) read it, and a [`Node`] knows its way
//! up, so that a field path costs nothing until something is reported ([`path`]).

mod build;
pub mod document;
pub mod json;
mod json_positions;
mod key;
pub mod layout;
mod node;
pub mod path;
pub mod positions;
pub mod yaml;

pub use build::DuplicateKey;
pub(crate) use build::{NodeId, ROOT};
pub use key::Name;
pub(crate) use key::Tag;
pub(crate) use node::Kind;
pub use node::{Children, Node, Value};

use key::Keys;

/// The deepest nesting that is read, in JSON and in YAML; deeper input is refused.
///
/// Every walk over a tree may recurse this far and no further. Real objects stay below 30 levels.
pub const MAX_DEPTH: usize = 128;

/// Capacity that a cleared tree keeps: enough for nearly every review, so that one huge object does not stay
/// in memory for good.
const KEPT_SLOTS: usize = 16 * 1024;
const KEPT_TEXT: usize = 512 * 1024;

/// A document: every node in one vector, every key and string in one buffer.
#[derive(Clone, Default)]
pub struct Tree {
    slots: Vec<Slot>,
    text: String,
}

/// A range of [`Tree::text`].
#[derive(Clone, Copy, Default)]
struct Span {
    start: u32,
    len: u32,
}

/// What is stored of one node, 32 bytes.
#[derive(Clone, Copy)]
struct Slot {
    parent: u32,
    /// One past the last node of this subtree: the next sibling, if there is one.
    end: u32,
    /// Where the key stands; of length 0 for the root, and for an element of an array, whose position in it is then
    /// the start.
    key: Span,
    /// The tag of the key.
    tag: Tag,
    value: Raw,
}

#[derive(Clone, Copy)]
enum Raw {
    Null,
    Bool(bool),
    Int(Halves),
    /// A number that is not an `i64`, as its text.
    Number(Span),
    Text(Span),
    Array,
    Object(Keys),
}

/// An integer that needs no alignment to eight bytes: with one that does, a slot would be a quarter larger.
#[derive(Clone, Copy)]
struct Halves(u32, u32);

impl Tree {
    /// An empty tree; it allocates with the first node.
    pub fn new() -> Self {
        Self::default()
    }

    /// The root of the document, or `None` for a tree into which nothing has been read.
    pub fn root(&self) -> Option<Node<'_>> {
        self.node(ROOT)
    }

    /// Forgets the document and keeps the memory, up to a bound.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.text.clear();
        self.slots.shrink_to(KEPT_SLOTS);
        self.text.shrink_to(KEPT_TEXT);
    }

    /// Gives back the memory that the document does not take up, for a tree that is kept.
    pub fn shrink(&mut self) {
        self.slots.shrink_to_fit();
        self.text.shrink_to_fit();
    }

    /// How many nodes the document has.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing has been read into the tree.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Bytes of memory held, for the size metrics of what keeps trees.
    pub fn heap_size(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>() + self.text.capacity()
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<Node<'_>> {
        self.slots.get(id.index()).map(|_| Node::new(self, id))
    }

    fn slot(&self, id: NodeId) -> &Slot {
        &self.slots[id.index()]
    }

    /// Whether a span of text is this one; cheaper than [`Tree::str`], which has to find out that it is text.
    #[inline]
    fn is(&self, span: Span, text: &str) -> bool {
        let start = span.start as usize;
        let bytes = self.text.as_bytes().get(start..start + span.len as usize);
        bytes.is_some_and(|bytes| key::is_same(bytes, text.as_bytes()))
    }

    fn str(&self, span: Span) -> &str {
        if span.len == 0 {
            return "";
        }
        &self.text[span.start as usize..(span.start + span.len) as usize]
    }
}

impl From<i64> for Halves {
    fn from(value: i64) -> Self {
        let bits = value.cast_unsigned();
        Self((bits & 0xffff_ffff) as u32, (bits >> 32) as u32)
    }
}

impl From<Halves> for i64 {
    fn from(Halves(low, high): Halves) -> Self {
        (u64::from(low) | u64::from(high) << 32).cast_signed()
    }
}

impl std::fmt::Debug for Tree {
    /// Counts only: a tree may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree").field("nodes", &self.slots.len()).field("text", &self.text.len()).finish()
    }
}
