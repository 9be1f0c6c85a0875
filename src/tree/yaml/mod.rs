//! YAML into trees, with positions: one tree a document.
//!
//! Types are those of kubectl (go-yaml v2): `yes` and `on` are booleans, `0644` is octal, keys are typed and
//! then made strings. What readers disagree on (duplicate keys, some merges) is refused, and
//! `metadata.managedFields` is left out as in JSON. `docs/parsers.md` has the list.

mod compose;
mod graph;
mod scalar;
#[cfg(test)]
mod tests;

use granit_parser::{Parser, StrInput};

use super::document::Document;
use super::layout::Layout;
use super::positions::Position;

/// What aliases may add to a text, in bytes: this much, and [`ALIAS_RATIO`] times the length of the text.
const ALIAS_BUDGET: usize = 1024 * 1024;
const ALIAS_RATIO: usize = 8;

/// Documents that cannot be read before the rest of a text is given up.
const MAX_ERRORS: usize = 100;

/// Why a document is not read. Says where; [`YamlError::position`] has the main place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// Not YAML.
    #[error("{message}")]
    Syntax {
        /// Where the parser gave up.
        at: Position,
        /// What it says.
        message: String,
    },
    /// Readers differ on which of the two counts.
    #[error("the key `{}` stands twice in one object, first at {first}", key.escape_debug())]
    DuplicateKey {
        /// The second key.
        at: Position,
        /// The first key.
        first: Position,
        /// Its text.
        key: String,
    },
    /// A key both written before `<<` and merged: kubectl takes the merged value, other readers the written.
    #[error("the key `{}` at {first} is merged again by the `<<` behind it: put `<<` first", key.escape_debug())]
    AmbiguousMerge {
        /// What is merged.
        at: Position,
        /// The written key.
        first: Position,
        /// Its text.
        key: String,
    },
    /// The value of `<<` is neither a mapping nor a list of mappings, or is one with a `<<` of its own.
    #[error("`<<` takes a mapping or a list of mappings, by alias if they merge others in turn")]
    BadMerge {
        /// What is no mapping.
        at: Position,
    },
    /// A key is a list, a mapping, or an integer beyond 64 bits.
    #[error("a key must be a string, or a scalar that can be read as one")]
    BadKey {
        /// The key.
        at: Position,
    },
    /// A scalar with a tag like `!!int` that its text does not satisfy, or with `!!binary`.
    #[error("the value does not fit its tag, or the tag is `!!binary`, which JSON cannot hold")]
    BadTag {
        /// The scalar.
        at: Position,
    },
    /// JSON has no infinity.
    #[error("`.inf` and `.nan` cannot be sent to an API server")]
    NotFinite {
        /// The number.
        at: Position,
    },
    /// An alias without an anchor before it.
    #[error("no anchor with this name stands before the alias")]
    BadAlias {
        /// The alias.
        at: Position,
    },
    /// An alias within what it stands for.
    #[error("the alias stands within its own anchor at {anchor}")]
    SelfReference {
        /// The alias.
        at: Position,
        /// What has the anchor.
        anchor: Position,
    },
    /// Aliases that would make the document many times larger than it is.
    #[error("aliases repeat too much: the document would grow out of proportion")]
    TooManyAliases {
        /// The alias that is one too many.
        at: Position,
    },
    /// Nested [`super::MAX_DEPTH`] levels or deeper.
    #[error("nested {} levels or deeper", super::MAX_DEPTH)]
    TooDeep {
        /// The array or object that is one too many.
        at: Position,
    },
    /// More nodes than one text may have.
    #[error("the text has more than {} values: split it", graph::MAX_NODES)]
    TooLarge {
        /// The node that is one too many.
        at: Position,
    },
    /// So many broken documents that the rest of the text is not read.
    #[error("{MAX_ERRORS} documents cannot be read: the rest of the text is skipped")]
    TooManyErrors {
        /// The last broken document.
        at: Position,
    },
}

impl YamlError {
    /// The place to look at.
    pub fn position(&self) -> Position {
        match self {
            Self::Syntax { at, .. }
            | Self::DuplicateKey { at, .. }
            | Self::AmbiguousMerge { at, .. }
            | Self::BadMerge { at }
            | Self::BadKey { at }
            | Self::BadTag { at }
            | Self::NotFinite { at }
            | Self::BadAlias { at }
            | Self::SelfReference { at, .. }
            | Self::TooManyAliases { at }
            | Self::TooDeep { at }
            | Self::TooLarge { at }
            | Self::TooManyErrors { at } => *at,
        }
    }
}

/// Reads the documents of a text one after the other; those without content are left out.
///
/// After a document that cannot be read the next one is tried, behind the next `---`.
pub fn read(text: &str) -> Documents<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Documents {
        parser: Some(Parser::new_from_str_with_options(
            text,
            granit_parser::options! { emit_comments: false },
        )),
        graph: graph::Graph::default(),
        aliases: ALIAS_BUDGET + ALIAS_RATIO * text.len(),
        nodes: graph::MAX_NODES,
        errors: 0,
    }
}

/// How the documents of a text are written, those that [`read`] reads; `None` if one of them has an error.
pub(super) fn layouts(text: &str) -> Option<Vec<Layout>> {
    let mut documents = read(text);
    let mut layouts = Vec::new();
    while documents.graph.read(documents.parser.as_mut()?, documents.nodes).ok()? {
        if !documents.graph.is_blank() {
            layouts.push(documents.graph.layout()?);
        }
    }
    Some(layouts)
}

/// Iterator over the documents of a text.
pub struct Documents<'t> {
    /// `None` once the text has ended or been given up.
    parser: Option<Parser<'t, StrInput<'t>>>,
    graph: graph::Graph<'t>,
    aliases: usize,
    nodes: u32,
    errors: usize,
}

impl Documents<'_> {
    fn fail(&mut self, error: YamlError) -> YamlError {
        self.errors += 1;
        if self.errors < MAX_ERRORS {
            return error;
        }
        self.parser = None;
        YamlError::TooManyErrors { at: error.position() }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Document, YamlError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let parser = self.parser.as_mut()?;
            match self.graph.read(parser, self.nodes) {
                Ok(false) => {
                    self.parser = None;
                    return None;
                }
                Err(error) => {
                    if matches!(error, YamlError::TooLarge { .. })
                        || !parser.proceed_next_document().is_ok_and(|more| more)
                    {
                        self.parser = None;
                    }
                    return Some(Err(self.fail(error)));
                }
                Ok(true) => {}
            }
            self.nodes = self.nodes.saturating_sub(self.graph.len());
            if self.graph.is_blank() {
                continue;
            }
            let composed = compose::compose(&self.graph, &mut self.aliases);
            return Some(composed.map_err(|error| self.fail(error)));
        }
    }
}
