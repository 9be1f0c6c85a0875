//! One YAML document as it is written: aliases, merge keys and untyped scalars still in place.
//!
//! The steps after this one need to look back (aliases) and ahead (merge keys), which parser events do not
//! allow. The form is that of the tree: nodes in document order, each knowing where its subtree ends.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::super::MAX_DEPTH;
use super::super::positions::Position;
use super::YamlError;
use super::scalar::{self, Tag, Typed};

/// The most nodes that one text may have: what the largest file with real objects has, several times over.
pub(super) const MAX_NODES: u32 = 8 * 1024 * 1024;

/// A document in document order. An entry of a mapping is two nodes, the key and the value.
#[derive(Default)]
pub(super) struct Graph<'t> {
    pub(super) nodes: Vec<GraphNode<'t>>,
    anchors: HashMap<usize, u32>,
    open: Vec<u32>,
}

pub(super) struct GraphNode<'t> {
    pub(super) shape: Shape<'t>,
    /// One past the last node of this subtree; zero while it is being read.
    end: u32,
    pub(super) at: Position,
}

pub(super) enum Shape<'t> {
    Scalar { text: Cow<'t, str>, plain: bool, tag: Tag },
    Sequence,
    Mapping,
    Alias(u32),
}

impl<'t> Graph<'t> {
    /// Reads the next document in place of the one here; `false` at the end of the text.
    pub(super) fn read(
        &mut self,
        parser: &mut Parser<'t, StrInput<'t>>,
        max_nodes: u32,
    ) -> Result<bool, YamlError> {
        self.nodes.clear();
        self.anchors.clear();
        self.open.clear();
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| syntax(&error))?;
            match event {
                Event::DocumentEnd => return Ok(true),
                Event::StreamEnd => return Ok(false),
                event => self.add(event, span)?,
            }
            if self.len() > max_nodes {
                return Err(YamlError::TooLarge { at: position(span.start) });
            }
        }
        Ok(false)
    }

    /// Whether the document has no content but comments.
    pub(super) fn is_blank(&self) -> bool {
        match self.nodes.first().map(|node| &node.shape) {
            None => true,
            Some(Shape::Scalar { text, plain: true, tag: Tag::Absent }) => text.is_empty(),
            Some(_) => false,
        }
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn node(&self, index: u32) -> &GraphNode<'t> {
        &self.nodes[index as usize]
    }

    /// The node itself, or what it is an alias of. Anchors stand before aliases and never on one.
    pub(super) fn target(&self, index: u32) -> u32 {
        match self.node(index).shape {
            Shape::Alias(target) => target,
            _ => index,
        }
    }

    /// Elements of a sequence, or keys and values of a mapping by turns.
    pub(super) fn children(&self, index: u32) -> impl Iterator<Item = u32> {
        let end = self.node(index).end;
        let first = (index + 1 < end).then_some(index + 1);
        std::iter::successors(first, move |&child| Some(self.node(child).end).filter(|&next| next < end))
    }

    /// Keys and values of a mapping.
    pub(super) fn entries(&self, index: u32) -> impl Iterator<Item = (u32, u32)> {
        let mut children = self.children(index);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// Whether this key is `<<`, which takes over the entries of other mappings.
    pub(super) fn is_merge(&self, key: u32) -> bool {
        match &self.node(key).shape {
            Shape::Scalar { text, plain, tag } => {
                text == "<<" && (*tag == Tag::Merge || *plain && *tag == Tag::Absent)
            }
            _ => false,
        }
    }

    /// The value of a scalar.
    pub(super) fn typed(&self, index: u32) -> Result<Typed<'_>, YamlError> {
        let node = self.node(index);
        let Shape::Scalar { text, plain, tag } = &node.shape else {
            return Err(YamlError::BadKey { at: node.at });
        };
        scalar::resolve(text, *plain, *tag).ok_or(YamlError::BadTag { at: node.at })
    }

    /// The text of a key, which must be a scalar or an alias of one.
    pub(super) fn key(&self, index: u32) -> Result<Cow<'_, str>, YamlError> {
        let typed = self.typed(self.target(index))?;
        scalar::key(typed).ok_or(YamlError::BadKey { at: self.node(index).at })
    }

    fn add(&mut self, event: Event<'t>, span: Span) -> Result<(), YamlError> {
        let at = position(span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                // A value that is not there is reported as a null of no length.
                let text = if plain && text == "~" && span.is_empty() { Cow::Borrowed("") } else { text };
                let tag =
                    tag.map_or(Tag::Absent, |tag| Tag::new(tag.suffix_in_namespace(YAML_TAGS).as_deref()));
                self.push(Shape::Scalar { text, plain, tag }, anchor, at);
                self.close();
            }
            Event::SequenceStart(_, anchor, _) => self.open(Shape::Sequence, anchor, at)?,
            Event::MappingStart(_, anchor, _) => self.open(Shape::Mapping, anchor, at)?,
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                let target = target.ok_or(YamlError::BadAlias { at })?;
                if self.node(target).end == 0 {
                    return Err(YamlError::SelfReference { at, anchor: self.node(target).at });
                }
                self.push(Shape::Alias(target), 0, at);
                self.close();
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, shape: Shape<'t>, anchor: usize, at: Position) -> Result<(), YamlError> {
        self.push(shape, anchor, at);
        if self.open.len() >= MAX_DEPTH { Err(YamlError::TooDeep { at }) } else { Ok(()) }
    }

    fn push(&mut self, shape: Shape<'t>, anchor: usize, at: Position) {
        let index = self.len();
        if anchor != 0 {
            self.anchors.insert(anchor, index);
        }
        self.nodes.push(GraphNode { shape, end: 0, at });
        self.open.push(index);
    }

    fn close(&mut self) {
        let end = self.len();
        if let Some(index) = self.open.pop() {
            self.nodes[index as usize].end = end;
        }
    }
}

const YAML_TAGS: &str = "tag:yaml.org,2002:";

pub(super) fn syntax(error: &ScanError) -> YamlError {
    YamlError::Syntax { at: position(*error.marker()), message: error.info() }
}

/// The parser counts lines from 1 and columns from 0.
fn position(marker: Marker) -> Position {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: count(marker.line()), column: count(marker.col() + 1) }
}
