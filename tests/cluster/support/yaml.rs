//! Manifests as values.

use anyhow::{Result, anyhow};
use seawall::tree::document::{self, Claim};
use seawall::tree::json::to_value;
use serde_json::Value;

/// The documents of a text that are not empty, in order.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>> {
    let documents = document::read(text, Claim::Yaml).map(|document| {
        let document = document.map_err(|error| anyhow!("{}: {error}", error.position()))?;
        Ok(document.tree.root().map_or(Value::Null, to_value))
    });
    let documents: Vec<_> = documents.collect::<Result<_>>()?;
    Ok(documents.into_iter().filter(|it| !it.is_null()).collect())
}
