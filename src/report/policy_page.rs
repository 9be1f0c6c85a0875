//! The manual page of a policy, in Markdown: everything that its file says, laid out.

use std::fmt::Write as _;

use serde_json::Value;

use crate::catalogue;
use crate::modes::Profile;
use crate::object::kinds::{self, Kind};
use crate::policy::{Docs, Entry, Meta, Needs, Reach, Theme};

/// The page of one policy.
pub fn render(entry: &Entry) -> String {
    let meta = entry.meta;
    let docs = meta.docs();
    let mut page = format!("# {} {}\n\n{}\n\n", meta.code, meta.name, docs.summary);
    if !docs.details.is_empty() {
        let _ = writeln!(page, "{}\n", docs.details);
    }
    page.push_str(&facts(meta));
    section(&mut page, "Why", &docs.why);
    section(&mut page, "Fix", &docs.fix);
    section(&mut page, "Exceptions", &docs.exceptions);
    examples(&mut page, &docs);
    section(&mut page, "Parameters", &parameters(&entry.params_schema()));
    let references: Vec<_> = meta.references.iter().map(|link| format!("- <{link}>")).collect();
    section(&mut page, "References", &references.join("\n"));
    page
}

/// The list of all policies, theme by theme.
pub fn index<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut index = String::from("# Policies\n");
    let mut theme: Option<Theme> = None;
    for meta in entries.map(|entry| entry.meta) {
        if theme != Some(meta.theme) {
            theme = Some(meta.theme);
            let title = meta.theme.title();
            let _ = write!(index, "\n## {title}\n\n| policy | severity | what it finds |\n|---|---|---|\n");
        }
        let Meta { code, name, .. } = meta;
        let summary = cell(meta.docs().summary);
        let _ = writeln!(index, "| [{code} {name}]({name}.md) | {} | {summary} |", severity(meta));
    }
    index
}

/// The table at the top: how bad, where, when, and under which names other tools have it.
fn facts(meta: &Meta) -> String {
    let names = |names: Vec<&str>| names.join(", ");
    let modes =
        Profile::ALL.map(|profile| format!("{} in `{}`", profile.mode(meta).as_str(), profile.as_str()));
    let equivalents: Vec<_> = meta.equivalents.iter().map(|name| format!("`{name}`")).collect();
    let rows = [
        ("Severity", severity(meta).to_owned()),
        ("Mode", modes.join(", ")),
        ("Theme", meta.theme.title().to_owned()),
        ("Kinds", names(meta.kinds.iter().copied().map(shown_kind).collect())),
        ("Operations", names(meta.operations.iter().map(|operation| operation.as_str()).collect())),
        ("Needs", needs(meta)),
        ("Silent", silent(meta)),
        ("Since", meta.since.to_owned()),
        ("Elsewhere", equivalents.join(", ")),
    ];
    let mut table = String::from("| | |\n|---|---|\n");
    for (title, text) in rows.iter().filter(|(_, text)| !text.is_empty()) {
        let _ = writeln!(table, "| {title} | {text} |");
    }
    table
}

/// The name of a kind; those that stand for several have none.
fn shown_kind(kind: &'static Kind) -> &'static str {
    if *kind == kinds::CUSTOM_WORKLOAD {
        return "[custom resources](../configuration.md#workload) that are declared";
    }
    if *kind == kinds::OUTDATED {
        return "every other kind of an API version with an end, in files";
    }
    kind.name
}

fn severity(meta: &Meta) -> &'static str {
    if meta.opt_in { "opt-in" } else { meta.severity.as_str() }
}

fn needs(meta: &Meta) -> String {
    let read = || meta.reads.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
    match meta.needs {
        Needs::Object if meta.reads.is_empty() => "the object".to_owned(),
        Needs::Object => format!("the object and, where they are known, others beside it: {}", read()),
        Needs::Request if meta.reads.is_empty() => {
            "the object and the request: only the webhook can judge it".to_owned()
        }
        Needs::Request => {
            format!("the object, the request and others beside it: {}; only the webhook can judge it", read())
        }
        Needs::Facts => format!("the object and others beside it: {}", read()),
    }
}

/// Where the policy leaves the word to others.
fn silent(meta: &Meta) -> String {
    let reaches = [
        (Reach::Field, "the same field"),
        (Reach::Container, "the same container"),
        (Reach::PodOrContainer, "the same container or its Pod"),
        (Reach::Object, "the same object"),
    ];
    let places = reaches.iter().filter_map(|(reach, place)| {
        let others = meta.yields_to.iter().filter(|other| other.within == *reach);
        let others = others.filter_map(|other| {
            let speaker = catalogue::find(other.code)?.meta;
            Some(format!("[{} {1}]({1}.md)", speaker.code, speaker.name))
        });
        let others = others.collect::<Vec<_>>();
        let (last, rest) = others.split_last()?;
        let others = if rest.is_empty() { last.clone() } else { format!("{} or {last}", rest.join(", ")) };
        Some(format!("where {others} speaks of {place} at least as strictly"))
    });
    places.collect::<Vec<_>>().join("; ")
}

fn section(page: &mut String, title: &str, text: &str) {
    if !text.is_empty() {
        let _ = write!(page, "\n## {title}\n\n{text}\n");
    }
}

fn examples(page: &mut String, docs: &Docs<'_>) {
    for (title, blocks) in [("Denied", &docs.denied), ("Allowed", &docs.allowed)] {
        let blocks: Vec<_> = blocks.iter().map(|block| format!("```yaml\n{block}```")).collect();
        section(page, title, &blocks.join("\n\n"));
    }
}

/// The table of parameters, from their schema; empty if there are none.
fn parameters(schema: &schemars::Schema) -> String {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return String::new() };
    let mut table = String::from("| parameter | type | default | |\n|---|---|---|---|\n");
    for (key, property) in properties {
        let default = property.get("default").map(|default| format!("`{}`", cell(&default.to_string())));
        let description = property["description"].as_str().unwrap_or_default().replace('\n', " ");
        let (kind, default) = (kind(property), default.unwrap_or_default());
        let _ = writeln!(table, "| `{key}` | {kind} | {default} | {} |", cell(&description));
    }
    table.truncate(table.trim_end().len());
    table
}

fn kind(property: &Value) -> String {
    match &property["type"] {
        Value::String(name) if name == "array" => format!("list of {}s", kind(&property["items"])),
        Value::String(name) if name == "string" && property["format"] == "regex" => {
            "regular expression".to_owned()
        }
        Value::String(name) => name.to_owned(),
        // What may be left out may be `null`, as its description says.
        Value::Array(names) => {
            let names: Vec<_> =
                names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect();
            names.join(" or ")
        }
        // Words of which each has a description.
        _ if property["oneOf"].is_array() => "string".to_owned(),
        _ => String::new(),
    }
}

/// Text that may stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
