//! Filling a tree, in document order. Readers are the only callers.

use super::key::Keys;
use super::{Raw, Slot, Span, Tag, Tree};

/// Index of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(super) u32);

/// Where every document starts.
pub(crate) const ROOT: NodeId = NodeId(0);

impl NodeId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A key that stands twice in one object. Readers differ on which one counts, so a document with one is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the key `{key}` stands twice in one object")]
pub struct DuplicateKey {
    /// The repeated key.
    pub key: String,
    pub(crate) second: NodeId,
}

/// What a reader can put at the place of a node.
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// The text of a number that no `i64` can hold.
    Number(&'a str),
    Text(&'a str),
}

/// A number with a fraction or an exponent, as clients of the API send it on: a whole one as an integer, any other
/// as the shortest text that reads back as the same double.
pub(crate) enum Float {
    /// It is whole, and doubles are exact at its size.
    Int(i64),
    /// Its text.
    Text(String),
}

impl Float {
    pub(crate) fn of(value: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() <= EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and far below the bounds of i64")]
            return Self::Int(value as i64);
        }
        Self::Text(format!("{value:?}"))
    }
}

/// The key of a node that is about to be pushed: its text is in the tree already.
#[derive(Clone, Copy, Default)]
pub(crate) struct Key(Span, Tag);

/// Objects with more keys than this are sorted to find duplicates, smaller ones compared pair by pair.
const PAIRWISE: usize = 16;

impl Tree {
    /// Stores the text of a key.
    pub(crate) fn key(&mut self, key: &str) -> Key {
        Key(self.push_text(key), Tag::of(key))
    }

    /// The text of a key that has been stored.
    pub(crate) fn key_str(&self, key: Key) -> &str {
        self.str(key.0)
    }

    /// Appends a leaf.
    pub(crate) fn push(&mut self, parent: NodeId, key: Key, scalar: &Scalar<'_>) -> NodeId {
        let value = match *scalar {
            Scalar::Null => Raw::Null,
            Scalar::Bool(value) => Raw::Bool(value),
            Scalar::Int(value) => Raw::Int(value.into()),
            Scalar::Number(text) => Raw::Number(self.push_text(text)),
            Scalar::Text(text) => Raw::Text(self.push_text(text)),
        };
        self.push_slot(parent, key, value)
    }

    /// Opens an array; its elements are the nodes pushed until [`Tree::close_array`].
    pub(crate) fn open_array(&mut self, parent: NodeId, key: Key) -> NodeId {
        self.push_slot(parent, key, Raw::Array)
    }

    /// Ends an array, and tells its elements their positions: looking for one among its siblings would make the
    /// paths of many findings in a long list quadratic.
    pub(crate) fn close_array(&mut self, id: NodeId) {
        let end = self.next_index();
        self.slots[id.index()].end = end;
        let (mut index, mut position) = (id.0 + 1, 0);
        while index < end {
            let slot = &mut self.slots[index as usize];
            slot.key = Span { start: position, len: 0 };
            position += 1;
            index = slot.end;
        }
    }

    /// Opens an object; its entries are the nodes pushed until [`Tree::close_object`].
    pub(crate) fn open_object(&mut self, parent: NodeId, key: Key) -> NodeId {
        self.push_slot(parent, key, Raw::Object(Keys::default()))
    }

    /// Ends an object, and refuses one that has a key twice.
    pub(crate) fn close_object(&mut self, id: NodeId) -> Result<(), DuplicateKey> {
        let end = self.next_index();
        let slot = &mut self.slots[id.index()];
        slot.end = end;
        if let Raw::Object(keys) = slot.value
            && !keys.may_repeat()
        {
            return Ok(());
        }
        match self.duplicate_key(id) {
            None => Ok(()),
            Some(second) => Err(DuplicateKey { key: self.str(self.slot(second).key).to_owned(), second }),
        }
    }

    /// Ends everything that is still open: the ancestors of the last node.
    pub(crate) fn close_all(&mut self) {
        let end = self.next_index();
        let mut index = end.saturating_sub(1);
        while let Some(slot) = self.slots.get_mut(index as usize) {
            slot.end = end;
            if index == ROOT.0 {
                break;
            }
            index = slot.parent;
        }
    }

    fn push_slot(&mut self, parent: NodeId, key: Key, value: Raw) -> NodeId {
        let index = self.next_index();
        let Key(key, tag) = key;
        if let Some(Slot { value: Raw::Object(keys), .. }) = self.slots.get_mut(parent.index()) {
            keys.insert(tag);
        }
        self.slots.push(Slot { parent: parent.0, end: index + 1, key, tag, value });
        NodeId(index)
    }

    /// Readers bound their input well below 4 GiB, and a node takes at least one byte of it.
    fn next_index(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    fn push_text(&mut self, text: &str) -> Span {
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.text.push_str(text);
        Span { start, len: u32::try_from(text.len()).unwrap_or(u32::MAX) }
    }

    fn duplicate_key(&self, id: NodeId) -> Option<NodeId> {
        let mut few = [(Tag::default(), Span::default()); PAIRWISE];
        let mut count = 0;
        let mut index = id.0 + 1;
        let end = self.slot(id).end;
        while index < end {
            let slot = &self.slots[index as usize];
            let Some(seen) = few.get_mut(count) else { return self.duplicate_key_of_many(id) };
            *seen = (slot.tag, slot.key);
            let same = |other: &(Tag, Span)| other.0 == slot.tag && self.str(other.1) == self.str(slot.key);
            if few[..count].iter().any(same) {
                return Some(NodeId(index));
            }
            count += 1;
            index = slot.end;
        }
        None
    }

    fn duplicate_key_of_many(&self, id: NodeId) -> Option<NodeId> {
        let mut keys = Vec::new();
        let mut index = id.0 + 1;
        let end = self.slot(id).end;
        while index < end {
            let slot = &self.slots[index as usize];
            keys.push((self.str(slot.key), index));
            index = slot.end;
        }
        keys.sort_unstable();
        keys.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| NodeId(pair[1].1)).min()
    }
}
