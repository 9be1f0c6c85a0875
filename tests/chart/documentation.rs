//! `docs/chart.md`, made from the schema, the values and the combinations.

use std::fmt::Write as _;

use serde_json::Value;

use crate::values::{self, Documented, at};
use crate::{Outcome, golden, texts};

const HEAD: &str = "\
# The chart

`charts/seawall`, for Helm 3.14 (for its `--reset-then-reuse-values`) and Kubernetes 1.33 or newer. Every value, made
from `values.yaml` and its schema by `UPDATE=1 cargo test --test chart`; how to install, upgrade and remove it is in
[Operations](operations.md#installing).

| value | type | default | meaning |
|---|---|---|---|
";

const COMBINATIONS: &str = "
## Combinations

Values for common situations. Each is rendered by the tests, judged by the profile `strict`, and sent to a real API
server.

| values | for |
|---|---|
";

/// A default that is longer than this is left to `values.yaml`.
const SHORT: usize = 60;

pub(crate) fn page() -> Outcome {
    let defaults = texts::yaml("charts/seawall/values.yaml")?;
    let mut page = HEAD.to_owned();
    for value in values::documented()? {
        let default = at(&defaults, &value.path).map(shown).unwrap_or_default();
        let meaning = value.schema["description"].as_str().unwrap_or_default();
        // Writing into memory cannot fail.
        let _ = writeln!(page, "| `{}` | {} | {default} | {meaning} |", value.path, kind(&value));
    }
    page.push_str(COMBINATIONS);
    for combination in values::combinations() {
        let _ = writeln!(page, "| [{}](../{}) | {} |", combination.name, combination.file, combination.about);
    }
    Ok(golden::check("docs/chart.md", &page)?)
}

fn shown(default: &Value) -> String {
    let text = match default {
        Value::String(text) if !text.is_empty() => text.clone(),
        other => other.to_string(),
    };
    if text.len() > SHORT { "see values.yaml".to_owned() } else { format!("`{text}`") }
}

/// The type in a word, or the texts that it may be.
fn kind(value: &Documented) -> String {
    let schema = &value.schema;
    if value.path == "config" {
        return "[Configuration](configuration.md)".to_owned();
    }
    if let Some(options) = schema["enum"].as_array() {
        let options: Vec<_> = options.iter().filter_map(|it| Some(format!("`{}`", it.as_str()?))).collect();
        return options.join(", ");
    }
    match schema["type"].as_str() {
        Some("array") => "list".to_owned(),
        Some(other) => other.to_owned(),
        None if schema["$ref"].is_string() => "object".to_owned(),
        None => "integer or percentage".to_owned(),
    }
}
