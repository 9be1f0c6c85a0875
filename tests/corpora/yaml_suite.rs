//! yaml-test-suite: which texts are YAML, and what they mean.

use seawall::tree::json;
use seawall::tree::yaml::{self, YamlError};
use serde_json::Value;

use crate::support::{Rule, text};

/// Refused on purpose, though YAML; `docs/parsers.md` says why.
const REFUSED: [Rule<YamlError>; 4] = [
    ("keys that no string can stand for", |error| matches!(error, YamlError::BadKey { .. })),
    ("duplicate keys", |error| matches!(error, YamlError::DuplicateKey { .. })),
    (
        "directives that nobody has defined",
        |error| matches!(error, YamlError::Syntax { message, .. } if message.contains("directive")),
    ),
    ("binary data", |error| matches!(error, YamlError::BadTag { .. })),
];

/// Accepted on purpose, though not YAML; told by the tags of the case.
const ACCEPTED: [Rule<str>; 1] =
    [("flow collections may be indented less than what they stand in", |tags| {
        tags.contains("flow") && tags.contains("indent")
    })];

/// Why kubectl reads something else, and what.
type Rewrite = (&'static str, fn(&mut Vec<Value>));

/// What kubectl reads where YAML 1.2 says otherwise, done to the expected documents.
const REWRITTEN: [Rewrite; 3] = [
    ("documents without content are left out", |documents| documents.retain(|it| !it.is_null())),
    ("`y` is a boolean, and keys are typed", |documents| documents.iter_mut().for_each(type_keys)),
    ("a float is a number like any other", |documents| documents.iter_mut().for_each(widen_numbers)),
];

pub(crate) fn run(row: &Value) -> Result<(), String> {
    let expected = &row["expected"];
    let documents: Result<Vec<_>, _> = yaml::read(text(row, "text")).collect();
    match (text(expected, "verdict"), documents) {
        ("accept", Ok(documents)) => {
            let Some(json) = expected["json"].as_str() else { return Ok(()) };
            let mut found: Vec<_> =
                documents.iter().filter_map(|it| it.tree.root()).map(json::to_value).collect();
            let mut wanted: Vec<Value> = serde_json::Deserializer::from_str(json)
                .into_iter()
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?;
            for (_, rewrite) in REWRITTEN {
                rewrite(&mut wanted);
            }
            found.iter_mut().for_each(widen_numbers);
            found.retain(|it| !it.is_null());
            if found == wanted { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?}")) }
        }
        ("accept", Err(error)) if REFUSED.iter().any(|(_, applies)| applies(&error)) => Ok(()),
        ("accept", Err(error)) => Err(format!("refused at {}: {error}", error.position())),
        ("reject", Ok(_)) if ACCEPTED.iter().any(|(_, applies)| applies(text(row, "tags"))) => Ok(()),
        ("reject", Ok(_)) => Err("accepted".to_owned()),
        _ => Ok(()),
    }
}

fn type_keys(value: &mut Value) {
    if let Value::Object(entries) = value {
        let typed = |key: String| if key == "y" { "true".to_owned() } else { key };
        *entries = std::mem::take(entries).into_iter().map(|(key, value)| (typed(key), value)).collect();
    }
    each_child(value, type_keys);
}

fn widen_numbers(value: &mut Value) {
    if let Some(number) = value.as_f64() {
        *value = Value::from(number);
    }
    each_child(value, widen_numbers);
}

fn each_child(value: &mut Value, change: fn(&mut Value)) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(change),
        Value::Object(entries) => entries.values_mut().for_each(change),
        _ => {}
    }
}
