//! A text edited until it says what it should, and read again to be sure that it does.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Reason, edit};
use crate::tree::document::{self, Claim};
use crate::tree::json::to_value;

/// The text with some documents, by their position in it, made to say something else, and all others left as they are.
pub fn rewrite(text: &str, claim: Claim, values: &BTreeMap<usize, Value>) -> Result<String, Reason> {
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = &text[..text.len() - rest.len()];
    let layouts = document::layouts(rest, claim).ok_or(Reason::Unsafe)?;
    let mut edits = Vec::new();
    let mut before = Vec::new();
    for (position, document) in document::read(rest, claim).enumerate() {
        let document = document.map_err(|_| Reason::Unsafe)?;
        if let Some(new) = values.get(&position) {
            let root = document.tree.root().ok_or(Reason::Unsafe)?;
            let layout = layouts.get(position).ok_or(Reason::Unsafe)?;
            edits.extend(edit::edits(rest, layout, &to_value(root), new)?);
        }
        before.push(document.tree);
    }
    let text = edit::apply(rest, edits)?;
    let mut after = document::read(&text, claim);
    for (position, before) in before.iter().enumerate() {
        let after = after.next().and_then(Result::ok).ok_or(Reason::Unfaithful)?.tree;
        let (Some(before), Some(after)) = (before.root(), after.root()) else {
            return Err(Reason::Unfaithful);
        };
        let is_as_asked = match values.get(&position) {
            Some(new) => to_value(after) == *new,
            None => after.same(before),
        };
        if !is_as_asked {
            return Err(Reason::Unfaithful);
        }
    }
    if after.next().is_some() { Err(Reason::Unfaithful) } else { Ok(format!("{mark}{text}")) }
}
