//! A file of the configuration that has been read, and where everything in it stands.

use std::sync::Arc;

use serde_json::Value;

use super::error::ConfigError;
use crate::modes::Origin;
use crate::tree::Node;
use crate::tree::document::{self, Claim, Document};
use crate::tree::json::to_value;
use crate::tree::path::FieldPath;
use crate::tree::positions::Position;

/// One document with its positions.
pub(super) struct Source {
    pub(super) file: Arc<str>,
    /// What stands in it; fields that are `null` count as absent and are left out, where that is harmless.
    pub(super) value: Value,
    document: Document,
}

/// A place in a document, by the keys and indices that lead to it.
pub(super) type Steps = Vec<String>;

impl Source {
    /// Reads a text that must hold one document.
    pub(super) fn read(file: &Arc<str>, text: &str) -> Result<Self, ConfigError> {
        let claim = if file.ends_with(".json") { Claim::Json } else { Claim::Yaml };
        let mut documents = document::read(text, claim);
        let failed = |error: document::ReadError| ConfigError {
            at: Some(error.position()),
            ..ConfigError::of_file(file, error.to_string())
        };
        let first = documents.next().transpose().map_err(failed)?;
        let Some((document, mut value)) =
            first.and_then(|it| it.tree.root().map(to_value).map(|value| (it, value)))
        else {
            return Err(ConfigError::of_file(file, "the file is empty: `apiVersion` and `kind` are needed"));
        };
        if let Some(second) = documents.next() {
            let at = match second {
                Ok(second) => second.tree.root().map(|root| second.positions.of(root)),
                Err(error) => Some(error.position()),
            };
            let message = "a second document: put everything into one";
            return Err(ConfigError { at, ..ConfigError::of_file(file, message) });
        }
        drop_nulls(&mut value);
        Ok(Self { file: file.clone(), value, document })
    }

    /// An error about the value at a place, or about its key.
    pub(super) fn error(&self, steps: &[String], at_key: bool, message: impl Into<String>) -> ConfigError {
        let (path, position) = self.place(steps, at_key);
        ConfigError { file: self.file.clone(), at: Some(position), path, message: message.into() }
    }

    /// The origin of a setting at a place.
    pub(super) fn origin(&self, steps: &[String]) -> Origin {
        let (path, position) = self.place(steps, true);
        Origin { file: self.file.clone(), line: position.line, path }
    }

    /// Path and position of the deepest part of a place that is there.
    fn place(&self, steps: &[String], at_key: bool) -> (String, Position) {
        let Some(mut node) = self.document.tree.root() else { return (String::new(), Position::START) };
        for step in steps {
            let Some(next) = child(node, step) else { break };
            node = next;
        }
        let positions = &self.document.positions;
        let key = positions.key_of(node).filter(|_| at_key);
        (FieldPath::from_root(node).to_string(), key.unwrap_or_else(|| positions.of(node)))
    }
}

fn child<'t>(node: Node<'t>, step: &str) -> Option<Node<'t>> {
    if node.is_array() { node.children().nth(step.parse().ok()?) } else { node.get(step) }
}

/// Parameters keep their nulls: a policy may tell them from what is absent. So do scopes and what fails closed, for
/// the schema to refuse: a condition that a template left empty would otherwise hold everywhere.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        Value::Object(fields) => {
            fields.retain(|key, value| !value.is_null() || key == "scope");
            let others = fields
                .iter_mut()
                .filter(|(key, _)| !matches!(key.as_str(), "params" | "scope" | "failClosed"));
            others.for_each(|(_, value)| drop_nulls(value));
        }
        _ => {}
    }
}
