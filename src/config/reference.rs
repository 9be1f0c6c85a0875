//! The reference of the configuration as a page, made from the published schema: what the page says is what is
//! checked.

use std::fmt::Write as _;

use serde_json::Value;

use super::{exceptions_schema, schema};

/// Definitions that have a section of their own, with its title.
const SECTIONS: [(&str, &str); 9] = [
    ("Setting", "A setting of `policies`"),
    ("Rule", "Rule"),
    ("Exception", "Exception"),
    ("Scope", "Scope"),
    ("Workload", "Workload"),
    ("LabelSelector", "Label selector"),
    ("Requirement", "Condition on a label"),
    ("Registration", "Registration"),
    ("FailClosed", "What fails closed"),
];

/// Definitions that are words: they are explained together.
const WORDS: [&str; 8] =
    ["Operator", "Mode", "Profile", "PodsOfControllers", "Policy", "Pattern", "Moment", "Operation"];

/// What the page starts with.
const INTRODUCTION: &str = "\
# Configuration

This page is generated from the JSON Schema that every configuration is checked against: \
`seawall config schema` prints it, for editors. `seawall config check FILE` says everything that is wrong with a \
file, with line and column, and `seawall modes explain` which line decides a mode. \
`examples/seawall.yaml` is a commented example.

A running server takes a changed file, or a swapped ConfigMap, within seconds. If it is wrong, the last good one \
stays, and the log, the metrics and the readiness detail say so. The *digest* that answers and metrics carry \
stands for everything that the files and flags say; comments do not change it.
";

/// The page, as Markdown.
pub fn markdown() -> String {
    let (configuration, exceptions) = (schema(), exceptions_schema());
    let mut page = INTRODUCTION.to_owned();
    section(&mut page, "The configuration", &configuration);
    for (name, title) in SECTIONS {
        section(&mut page, title, &configuration["$defs"][name]);
    }
    section(&mut page, "A file of exceptions", &exceptions);
    page.push_str("\n## Words\n\n| Type | Meaning |\n|---|---|\n");
    for name in WORDS {
        let word = &configuration["$defs"][name];
        let _ = writeln!(page, "| {name} | {} |", cell(&explained(word)));
    }
    page
}

fn section(page: &mut String, title: &str, schema: &Value) {
    let _ = write!(page, "\n## {title}\n\n{}\n", description(schema));
    page.push_str("\n| Field | Type | Default | Meaning |\n|---|---|---|---|\n");
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let default = match &field["default"] {
            _ if required.iter().any(|it| it == name) => "required".to_owned(),
            Value::Null => String::new(),
            Value::Array(values) if values.is_empty() => String::new(),
            Value::Object(fields) if fields.is_empty() => String::new(),
            value => code(value),
        };
        let (kind, meaning) = (cell(&kind(field)), cell(&description(field)));
        let _ = writeln!(page, "| `{name}` | {kind} | {default} | {meaning} |");
    }
}

/// What may stand in a field.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()) {
        return named(name);
    }
    if let Some(only) = schema.get("const") {
        return code(only);
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(code).collect::<Vec<_>>().join(", ");
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("object") if schema["additionalProperties"]["type"] == "string" => "strings by key".to_owned(),
        Some(word) => word.to_owned(),
        None => "any".to_owned(),
    }
}

fn named(name: &str) -> String {
    if let Some((_, title)) = SECTIONS.iter().find(|(it, _)| *it == name) {
        return format!("[{name}](#{})", anchor(title));
    }
    match name {
        "Settings" => format!("Mode or [Setting](#{}) by Policy", anchor(SECTIONS[0].1)),
        _ => name.to_owned(),
    }
}

/// The name that a heading gets in a rendered page.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|it| it.is_alphanumeric() || *it == ' ');
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// A word with its values.
fn explained(schema: &Value) -> String {
    let mut text = description(schema);
    for value in schema["oneOf"].as_array().into_iter().flatten() {
        let _ = write!(text, "\n\n{}: {}", code(&value["const"]), description(value));
    }
    text
}

fn description(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().to_owned()
}

fn code(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// Text that fits into a cell: paragraphs become line breaks.
fn cell(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("<br>").replace('|', "\\|")
}
