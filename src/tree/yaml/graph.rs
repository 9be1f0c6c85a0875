//! One YAML document as it is written: aliases, merge keys and untyped scalars still in place.
//!
//! The steps after this one need to look back (aliases) and ahead (merge keys), which parser events do not
//! allow. The form is that of the tree: nodes in document order, each knowing where its subtree ends.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, StructureStyle};

use super::super::MAX_DEPTH;
use super::super::layout::{Form, Layout};
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
    /// Where in the text the node ends that was closed last.
    closed: u32,
}

pub(super) struct GraphNode<'t> {
    pub(super) shape: Shape<'t>,
    /// One past the last node of this subtree; zero while it is being read.
    end: u32,
    pub(super) at: Position,
    /// Where it stands in the text, in bytes; without its anchor and tag.
    pub(super) bytes: Range<u32>,
    /// Whether it has brackets; of a scalar, whether it is none of the lines below a `|` or `>`.
    pub(super) flow: bool,
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
        self.closed = 0;
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

    /// How the document is written; `None` if a key is none.
    pub(super) fn layout(&self) -> Option<Layout> {
        let mut layout = Layout::default();
        for node in &self.nodes {
            let form = match node.shape {
                Shape::Scalar { .. } if node.flow => Form::Scalar,
                Shape::Scalar { .. } => Form::BlockScalar,
                Shape::Alias(_) => Form::Alias,
                Shape::Sequence => Form::Array { flow: node.flow },
                Shape::Mapping => Form::Object { flow: node.flow },
            };
            layout.push(node.bytes.clone(), form, node.end);
        }
        let mappings = (0..self.len()).filter(|it| matches!(self.node(*it).shape, Shape::Mapping));
        for (key, _) in mappings.flat_map(|mapping| self.entries(mapping)) {
            if !self.is_merge(key) {
                layout.name(key, &self.key(key).ok()?);
            }
        }
        Some(layout)
    }

    fn add(&mut self, event: Event<'t>, span: Span) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                // A value that is not there is reported as a null of no length.
                let text = if plain && text == "~" && span.is_empty() { Cow::Borrowed("") } else { text };
                let tag =
                    tag.map_or(Tag::Absent, |tag| Tag::new(tag.suffix_in_namespace(YAML_TAGS).as_deref()));
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                self.push(Shape::Scalar { text, plain, tag }, anchor, span, !is_block);
                self.close(None);
            }
            Event::SequenceStart(style, anchor, _) => self.open(Shape::Sequence, anchor, span, style)?,
            Event::MappingStart(style, anchor, _) => self.open(Shape::Mapping, anchor, span, style)?,
            Event::SequenceEnd | Event::MappingEnd => self.close(Some(byte(span.end))),
            Event::Alias(anchor) => {
                let at = position(span.start);
                let target = self.anchors.get(&anchor).copied();
                let target = target.ok_or(YamlError::BadAlias { at })?;
                if self.node(target).end == 0 {
                    return Err(YamlError::SelfReference { at, anchor: self.node(target).at });
                }
                self.push(Shape::Alias(target), 0, span, false);
                self.close(None);
            }
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        shape: Shape<'t>,
        anchor: usize,
        span: Span,
        style: StructureStyle,
    ) -> Result<(), YamlError> {
        self.push(shape, anchor, span, style == StructureStyle::Flow);
        if self.open.len() < MAX_DEPTH {
            return Ok(());
        }
        Err(YamlError::TooDeep { at: position(span.start) })
    }

    fn push(&mut self, shape: Shape<'t>, anchor: usize, span: Span, flow: bool) {
        let index = self.len();
        if anchor != 0 {
            self.anchors.insert(anchor, index);
        }
        let bytes = byte(span.start)..byte(span.end);
        self.nodes.push(GraphNode { shape, end: 0, at: position(span.start), bytes, flow });
        self.open.push(index);
    }

    /// Ends the innermost open node. A collection without brackets ends where its last part does, and a value that
    /// is not there is nowhere.
    fn close(&mut self, bracket: Option<u32>) {
        let end = self.len();
        let Some(index) = self.open.pop() else { return };
        let node = &mut self.nodes[index as usize];
        node.end = end;
        match bracket {
            Some(bracket) if node.flow => node.bytes.end = bracket,
            Some(_) => node.bytes.end = self.closed,
            None if node.bytes.is_empty() => return,
            None => {}
        }
        self.closed = node.bytes.end;
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

fn byte(marker: Marker) -> u32 {
    marker.byte_offset().and_then(|offset| u32::try_from(offset).ok()).unwrap_or(u32::MAX)
}
