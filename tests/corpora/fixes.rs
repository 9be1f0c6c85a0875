//! Objects of real projects, written in several styles and full of comments, and edited: nothing but what is asked for
//! changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use seawall::config::{self, Overrides};
use seawall::engine::Rules;
use seawall::manifests::{self, ManifestSet};
use seawall::tree::document::Claim;
use seawall::tree::json::to_value;
use seawall::tree::yaml;
use serde_json::{Map, Value, json};

use crate::support::every_policy;
use crate::webhook::now;

/// What becomes of a value.
type Change = fn(&mut Value);

/// Fields of a container that fixes are about, and what becomes of them.
const FIELDS: [(&[&str], Change); 4] = [
    (&["securityContext", "allowPrivilegeEscalation"], |it| *it = json!(false)),
    (&["securityContext", "seccompProfile", "type"], |it| *it = json!("RuntimeDefault")),
    (&["securityContext", "capabilities", "drop"], |it| match it {
        Value::Array(items) => items.push(json!("ALL-OF-THEM")),
        it => *it = json!(["ALL-OF-THEM"]),
    }),
    (&["securityContext", "runAsNonRoot"], |it| *it = json!(true)),
];

/// The object says what it should afterwards, every comment stands where it was, and only what must go is gone.
pub(crate) fn run(row: &Value) -> Result<(), String> {
    let object = &row["object"];
    let mut hardened = object.clone();
    if harden(&mut hardened) == 0 {
        return Ok(());
    }
    let styles = [
        Style { unit: 2, dash: 0, flow: false, line_break: "\n" },
        Style { unit: 4, dash: 2, flow: true, line_break: "\r\n" },
    ];
    let mut texts: Vec<_> = styles.iter().map(|style| style.write(object)).collect();
    texts.push(object.to_string());
    texts.push(format!("{object:#}"));
    for text in texts {
        let new = rewrite(&text, &hardened)?;
        let lost: Vec<_> = comments(&text).into_iter().filter(|it| !new.contains(it)).collect();
        if !lost.is_empty() {
            return Err(format!("lost {lost:?} of\n{text}\nin\n{new}"));
        }
        if rewrite(&new, &hardened)? != new {
            return Err("what says it already is edited again".to_owned());
        }
        if rewrite(&text, object)? != text {
            return Err("edited without a reason".to_owned());
        }
    }
    offered(object, &styles[0])
}

/// Any YAML there is, with every value of it changed in turn, is edited as asked or not at all.
pub(crate) fn run_any_text(row: &Value) -> Result<(), String> {
    let text = crate::support::text(row, "text");
    let Ok(documents) = yaml::read(text).collect::<Result<Vec<_>, _>>() else { return Ok(()) };
    for (position, document) in documents.iter().enumerate() {
        let Some(root) = document.tree.root() else { continue };
        let old = to_value(root);
        for changed in every_change(&old) {
            let values = BTreeMap::from([(position, changed.clone())]);
            let Ok(new) = manifests::rewrite(text, Claim::Yaml, &values) else { continue };
            let read = yaml::read(&new).nth(position).and_then(Result::ok);
            if read.and_then(|it| it.tree.root().map(to_value)) != Some(changed) {
                return Err(format!("{new} was asked for something else"));
            }
        }
    }
    Ok(())
}

/// The value with one change, at each place where there can be one.
fn every_change(value: &Value) -> Vec<Value> {
    let mut changes = Vec::new();
    match value {
        Value::Object(entries) => {
            let mut added = entries.clone();
            added.insert("addedByTest".to_owned(), json!({ "list": ["ALL"], "flag": false }));
            changes.push(added.into());
            for (key, value) in entries {
                let mut removed = entries.clone();
                removed.remove(key);
                changes.push(removed.into());
                changes.extend(every_change(value).into_iter().map(|it| {
                    let mut entries = entries.clone();
                    entries.insert(key.clone(), it);
                    entries.into()
                }));
            }
        }
        Value::Array(items) => {
            changes.push(items.iter().cloned().chain([json!("ALL")]).collect());
            for (index, item) in items.iter().enumerate() {
                changes.extend(every_change(item).into_iter().map(|it| {
                    let mut items = items.clone();
                    items[index] = it;
                    items.into()
                }));
            }
        }
        _ => changes.extend([json!("other"), json!(7), json!({ "key": [true] })]),
    }
    changes
}

fn rewrite(text: &str, value: &Value) -> Result<String, String> {
    let values = BTreeMap::from([(0, value.clone())]);
    manifests::rewrite(text, Claim::Yaml, &values).map_err(|reason| format!("{reason}\n{text}"))
}

/// What policies offer holds: nothing is declined in texts as plain as these, and no finding with a fix is left.
fn offered(object: &Value, style: &Style) -> Result<(), String> {
    let all = Overrides { select: every_policy(), ..Overrides::default() };
    let loaded = config::load(None, &all, now()).map_err(|errors| errors.to_string())?;
    let rules = Rules::new(loaded.config.table, "test");
    let text = style.write(object);
    let set = ManifestSet::read_to_fix(&["-".into()], &mut text.as_bytes());
    let fixed = manifests::fix(&set, &rules, None, now());
    if let Some(declined) = fixed.declined.first() {
        return Err(format!("{} at {}: {}", declined.code, declined.path, declined.reason));
    }
    let again = manifests::fix(&fixed.set, &rules, None, now());
    if again.count > 0 {
        return Err(format!("{} fixes are left", again.count));
    }
    Ok(())
}

/// Hardens every container, wherever it is, and says how many there are.
fn harden(value: &mut Value) -> usize {
    let Some(children) = value.as_object_mut() else {
        return value.as_array_mut().map_or(0, |items| items.iter_mut().map(harden).sum());
    };
    let mut count = 0;
    for (key, child) in children {
        if let (true, Value::Array(containers)) = (key.ends_with("ontainers"), &mut *child) {
            for container in containers.iter_mut().filter(|it| it.is_object()) {
                count += 1;
                for (path, change) in FIELDS {
                    change(path.iter().fold(&mut *container, |value, key| &mut value[*key]));
                }
            }
        } else {
            count += harden(child);
        }
    }
    count
}

/// Every comment, each of them with a number of its own.
fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.rfind("#<").map(|at| line[at..].trim_end())).collect()
}

/// How a YAML text is written.
struct Style {
    unit: usize,
    dash: usize,
    /// Objects of scalars stand in braces.
    flow: bool,
    line_break: &'static str,
}

impl Style {
    /// The value with a comment above and behind every line that can have one.
    fn write(&self, value: &Value) -> String {
        let mut lines = Vec::new();
        if let Some(entries) = value.as_object() {
            self.object(entries, 0, &mut lines);
        }
        let mut text = String::new();
        for (number, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let end = self.line_break;
            let _ = match line.strip_suffix('\u{0}') {
                // Within a block scalar a comment would be text.
                Some(line) => write!(text, "{line}{end}"),
                None if line.ends_with('|') => write!(text, "{line}{end}"),
                None => write!(text, "{:indent$} #<above {number}>{end}{line} #<behind {number}>{end}", ""),
            };
        }
        if self.flow { text.trim_end().to_owned() } else { text }
    }

    fn object(&self, entries: &Map<String, Value>, indent: usize, lines: &mut Vec<String>) {
        for (key, value) in entries {
            let key = format!("{:indent$}{}:", "", scalar(&json!(key)));
            self.value(key, value, indent, lines);
        }
    }

    /// A value behind what stands before it in its line.
    fn value(&self, before: String, value: &Value, indent: usize, lines: &mut Vec<String>) {
        let is_leaf = |value: &Value| !value.is_object() && !value.is_array();
        match value {
            Value::Object(entries) if self.flow && entries.values().all(is_leaf) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", scalar(&json!(key)), scalar(value)))
                    .collect();
                lines.push(format!("{before} {{ {} }}", entries.join(", ")));
            }
            Value::Object(entries) if !entries.is_empty() => {
                lines.push(before);
                self.object(entries, indent + self.unit, lines);
            }
            Value::Array(items) if !items.is_empty() => {
                lines.push(before);
                let indent = indent + self.dash;
                for item in items {
                    let first = lines.len();
                    match item {
                        Value::Object(entries) if !entries.is_empty() => {
                            self.object(entries, indent + 2, lines);
                        }
                        item => self.value(format!("{:1$}", "", indent + 1), item, indent, lines),
                    }
                    lines[first].replace_range(indent..=indent, "-");
                }
            }
            Value::String(text) if is_block(text) => {
                lines.push(format!("{before} |"));
                let deeper = indent + self.unit.max(2) + 2;
                lines.extend(text.lines().map(|line| match line {
                    "" => "\u{0}".to_owned(),
                    line => format!("{:deeper$}{line}\u{0}", ""),
                }));
            }
            Value::Null => lines.push(before),
            value => lines.push(format!("{before} {}", scalar(value))),
        }
    }
}

/// Whether a text may stand as it is below a `|`.
fn is_block(text: &str) -> bool {
    text.ends_with('\n')
        && !text.ends_with("\n\n")
        && !text.starts_with([' ', '\n'])
        && text.lines().all(|line| line.trim_end() == line)
        && text.chars().all(|it| it == '\n' || !it.is_control())
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text)
            if text.len() > 5
                && text.starts_with(|it: char| it.is_ascii_alphabetic())
                && text.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '/' | '.')) =>
        {
            text.clone()
        }
        value => value.to_string(),
    }
}
