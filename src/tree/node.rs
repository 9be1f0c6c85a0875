//! A node as readers see it: a tree and an index.

use super::{Name, NodeId, ROOT, Raw, Tag, Tree};

/// A place in a tree that exists; two words, freely copied.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: NodeId,
}

/// What stands at a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'t> {
    /// `null`, which the Kubernetes API treats as an absent field.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that fits into 64 bits.
    Int(i64),
    /// Any other number, as its text.
    Number(&'t str),
    /// A string.
    Text(&'t str),
    /// An array; its elements are the node's children.
    Array,
    /// An object; its entries are the node's children, each with a key.
    Object,
}

/// What kind of value stands at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Int,
    Number,
    Text,
    Array,
    Object,
}

impl<'t> Node<'t> {
    pub(super) fn new(tree: &'t Tree, id: NodeId) -> Self {
        Self { tree, id }
    }

    /// The tree that the node is part of.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    pub(crate) fn id(self) -> NodeId {
        self.id
    }

    /// What stands here.
    pub fn value(self) -> Value<'t> {
        match self.tree.slot(self.id).value {
            Raw::Null => Value::Null,
            Raw::Bool(value) => Value::Bool(value),
            Raw::Int(value) => Value::Int(value.into()),
            Raw::Number(span) => Value::Number(self.tree.str(span)),
            Raw::Text(span) => Value::Text(self.tree.str(span)),
            Raw::Array => Value::Array,
            Raw::Object(_) => Value::Object,
        }
    }

    /// The string that stands here.
    pub fn as_str(self) -> Option<&'t str> {
        match self.tree.slot(self.id).value {
            Raw::Text(span) => Some(self.tree.str(span)),
            _ => None,
        }
    }

    /// The integer that stands here.
    pub fn as_i64(self) -> Option<i64> {
        match self.tree.slot(self.id).value {
            Raw::Int(value) => Some(value.into()),
            _ => None,
        }
    }

    /// The boolean that stands here.
    pub fn as_bool(self) -> Option<bool> {
        match self.tree.slot(self.id).value {
            Raw::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Whether `null` stands here.
    pub fn is_null(self) -> bool {
        matches!(self.tree.slot(self.id).value, Raw::Null)
    }

    /// Whether an object stands here.
    pub fn is_object(self) -> bool {
        matches!(self.tree.slot(self.id).value, Raw::Object(_))
    }

    /// Whether an array stands here.
    pub fn is_array(self) -> bool {
        matches!(self.tree.slot(self.id).value, Raw::Array)
    }

    /// The key under which the node stands in its object; empty in an array and at the root.
    pub fn key(self) -> &'t str {
        self.tree.str(self.tree.slot(self.id).key)
    }

    /// Whether the node stands under this key.
    pub(crate) fn has_key(self, key: &str) -> bool {
        self.tree.is(self.tree.slot(self.id).key, key)
    }

    pub(crate) fn kind(self) -> Kind {
        self.tree.slot(self.id).value.kind()
    }

    /// The entry with this key, if an object stands here and has one.
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.tagged(Tag::of(key), key)
    }

    /// The entry with this key, unless it is `null`: the API reads both alike.
    pub fn field(self, key: &str) -> Option<Node<'t>> {
        self.get(key).filter(|node| !node.is_null())
    }

    /// [`Node::field`] for a name that is known when Seawall is compiled: where the field is not there, this is one
    /// test.
    #[inline]
    pub fn named(self, name: &'static Name) -> Option<Node<'t>> {
        self.tagged(name.tag(), name.text()).filter(|node| !node.is_null())
    }

    #[inline]
    fn tagged(self, tag: Tag, key: &str) -> Option<Node<'t>> {
        match self.tree.slot(self.id).value {
            Raw::Object(keys) if keys.may_have(tag) => self.find(tag, key),
            _ => None,
        }
    }

    fn find(self, tag: Tag, key: &str) -> Option<Node<'t>> {
        let Self { tree, id } = self;
        // The most that is done in a review: one bound for all siblings, and nothing looked at but their tags.
        let slots = &tree.slots[..tree.slot(id).end as usize];
        let mut next = id.0 + 1;
        while let Some(slot) = slots.get(next as usize) {
            if slot.tag == tag && tree.is(slot.key, key) {
                return Some(Node::new(tree, NodeId(next)));
            }
            next = slot.end;
        }
        None
    }

    /// What lies at a path of keys below the node.
    pub fn descend(self, keys: &[&str]) -> Option<Node<'t>> {
        keys.iter().try_fold(self, |node, key| node.field(key))
    }

    /// Elements of an array or entries of an object, in document order; nothing for scalars.
    pub fn children(self) -> Children<'t> {
        Children { tree: self.tree, next: self.id.0 + 1, end: self.tree.slot(self.id).end }
    }

    /// The children with the tag of their keys and the kind of their values: what one look at each of them shows.
    pub(crate) fn glances(self) -> impl Iterator<Item = (Node<'t>, Tag, Kind)> {
        let Self { tree, id } = self;
        let (mut next, end) = (id.0 + 1, tree.slot(id).end);
        std::iter::from_fn(move || {
            let id = NodeId(next);
            let slot = if next < end { tree.slot(id) } else { return None };
            next = slot.end;
            Some((Node::new(tree, id), slot.tag, slot.value.kind()))
        })
    }

    /// The array or object that the node stands in; `None` at the root of the document.
    pub fn parent(self) -> Option<Node<'t>> {
        (self.id != ROOT).then(|| Node::new(self.tree, NodeId(self.tree.slot(self.id).parent)))
    }

    /// Which element of its array the node is.
    pub(super) fn index_in_parent(self) -> u32 {
        self.tree.slot(self.id).key.start
    }

    /// How many bytes the value takes as JSON without white space, not counting what is escaped in its texts.
    pub fn json_len(self) -> usize {
        let slots = &self.tree.slots[self.id.index()..self.tree.slot(self.id).end as usize];
        let lens = slots.iter().enumerate().map(|(index, slot)| {
            let value = match slot.value {
                Raw::Null | Raw::Bool(true) => 4,
                Raw::Bool(false) => 5,
                Raw::Int(value) => decimal_len(value.into()),
                Raw::Number(span) => span.len as usize,
                Raw::Text(span) => span.len as usize + 2,
                // Two brackets; of several children each but the first has a comma, which is counted below for all.
                Raw::Array | Raw::Object(_) => {
                    let is_empty = slot.end as usize == self.id.index() + index + 1;
                    if is_empty { 2 } else { 1 }
                }
            };
            let key = if slot.key.len > 0 { slot.key.len as usize + 3 } else { 0 };
            value + if index > 0 { key + 1 } else { 0 }
        });
        lens.sum()
    }

    /// Whether both nodes stand for the same JSON value: order of keys is free, `null` is not absent.
    pub fn same(self, other: Node<'_>) -> bool {
        self.same_except(other, &[])
    }

    /// The same, but for entries of these two objects that have one of the keys.
    pub fn same_except(self, other: Node<'_>, except: &[&str]) -> bool {
        match (self.value(), other.value()) {
            (Value::Object, Value::Object) => {
                let mut mine: Vec<_> = self.entries_except(except).collect();
                let mut theirs: Vec<_> = other.entries_except(except).collect();
                // Clients keep the order of keys, as a rule; where they do not, it takes sorting, not searching.
                if mine.iter().zip(&theirs).any(|(a, b)| a.key() != b.key()) {
                    mine.sort_unstable_by_key(|entry| entry.key());
                    theirs.sort_unstable_by_key(|entry| entry.key());
                }
                mine.len() == theirs.len()
                    && mine.iter().zip(&theirs).all(|(a, b)| a.key() == b.key() && a.same(*b))
            }
            (Value::Array, Value::Array) => {
                let (mut mine, mut theirs) = (self.children(), other.children());
                loop {
                    match (mine.next(), theirs.next()) {
                        (None, None) => return true,
                        (Some(a), Some(b)) if a.same(b) => {}
                        _ => return false,
                    }
                }
            }
            (a, b) => a == b,
        }
    }

    fn entries_except(self, except: &[&str]) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(move |child| !except.contains(&child.key()))
    }
}

impl Raw {
    #[inline]
    fn kind(self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Number(_) => Kind::Number,
            Self::Text(_) => Kind::Text,
            Self::Array => Kind::Array,
            Self::Object(_) => Kind::Object,
        }
    }
}

fn decimal_len(value: i64) -> usize {
    let digits = value.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
    digits + usize::from(value < 0)
}

impl PartialEq for Node<'_> {
    /// The same node of the same tree; for equal content see [`Node::same`].
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }
}

impl std::fmt::Debug for Node<'_> {
    /// The path only: content may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({})", super::path::FieldPath::from_root(*self))
    }
}

/// Iterator over the children of a node.
#[derive(Clone)]
pub struct Children<'t> {
    tree: &'t Tree,
    next: u32,
    end: u32,
}

impl<'t> Children<'t> {
    /// Those of a node that is not there.
    pub(crate) fn none(tree: &'t Tree) -> Self {
        Self { tree, next: 0, end: 0 }
    }
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.next >= self.end {
            return None;
        }
        let id = NodeId(self.next);
        self.next = self.tree.slot(id).end;
        Some(Node::new(self.tree, id))
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;

    #[test]
    fn the_same_value_may_be_written_differently() {
        for (a, b, expected) in [
            (r#"{"a":1,"b":{"c":[1,2]}}"#, r#"{"b":{"c":[1,2]},"a":1}"#, true),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#, false),
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"c":2}"#, false),
            ("[1,2]", "[2,1]", false),
            ("[1]", "[1,1]", false),
            ("[]", "{}", false),
            (r#""1""#, "1", false),
        ] {
            let (a, b) = (json::read(a.as_bytes()).unwrap(), json::read(b.as_bytes()).unwrap());
            assert_eq!(a.root().unwrap().same(b.root().unwrap()), expected);
            assert_eq!(b.root().unwrap().same(a.root().unwrap()), expected);
        }
    }

    #[test]
    fn the_length_is_that_of_the_text_without_white_space() {
        for text in [
            "{}",
            "[]",
            r#"{"a":[],"b":{},"c":null,"d":[true,false]}"#,
            r#"{"a":-120,"b":0,"c":1.5,"d":[[1,2],"three"],"e":{"f":{"g":9}}}"#,
        ] {
            let tree = json::read(text.as_bytes()).unwrap();
            assert_eq!(tree.root().unwrap().json_len(), text.len(), "{text}");
            let whole = json::read(format!(r#"{{"before":[1],"key":{text},"after":1}}"#).as_bytes()).unwrap();
            assert_eq!(whole.root().unwrap().get("key").unwrap().json_len(), text.len(), "{text}");
        }
    }

    #[test]
    fn elements_know_their_position() {
        let tree = json::read(br#"{"a":[[1,{"b":2}],3,[]]}"#).unwrap();
        let positions: Vec<_> =
            tree.root().unwrap().get("a").unwrap().children().map(|it| it.index_in_parent()).collect();
        assert_eq!(positions, [0, 1, 2]);
    }
}
