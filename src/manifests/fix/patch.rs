//! Fixes applied to the value of a document.

use serde_json::Value;

use crate::policy::{Action, Fix, PatchOperation, patch};
use crate::tree::Node;
use crate::tree::json::to_value;

/// The value of a document with its fixes; `None` if one of them has no place in it.
pub(super) fn applied(root: Node<'_>, fixes: &[&Fix]) -> Option<Value> {
    let mut document = to_value(root);
    for operation in patch(fixes.iter().copied(), root) {
        apply(&mut document, operation)?;
    }
    Some(document)
}

fn apply(document: &mut Value, operation: PatchOperation) -> Option<()> {
    let PatchOperation { path, action } = operation;
    let (last, steps) = path.steps().split_last()?;
    let parent = steps.iter().try_fold(document, |value, step| match value {
        Value::Object(entries) => entries.get_mut(&**step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })?;
    match (parent, action) {
        (Value::Object(entries), Action::Add(value) | Action::Replace(value)) => {
            entries.insert(last.as_ref().into(), value);
        }
        (Value::Object(entries), Action::Remove) => drop(entries.shift_remove(&**last)?),
        (Value::Array(items), Action::Add(value)) if &**last == "-" => items.push(value),
        (Value::Array(items), Action::Replace(value)) => *items.get_mut(last.parse::<usize>().ok()?)? = value,
        // Positions of other findings would shift.
        _ => return None,
    }
    Some(())
}
