//! How new parts of a document are written: as the rest of it is.

use std::slice::SliceIndex;

use serde_json::{Map, Value};

use crate::tree::layout::{Form, Layout, Part};

/// How much of a text shows how JSON is spaced in it, in bytes.
const SAMPLE: usize = 4096;

/// What a document does throughout.
pub(super) struct Style<'t> {
    /// How its lines end.
    pub(super) line_break: &'static str,
    text: &'t str,
    /// How much further an object stands than its key, in blanks.
    unit: usize,
    /// How much further the `-` of a list stands than its key.
    dash: usize,
    is_json: bool,
    /// Whether a JSON text has a line for each value.
    is_pretty: bool,
    /// What the lines of a JSON text are indented with; YAML has blanks alone.
    blank: &'static str,
}

/// How a collection with brackets is written.
pub(super) struct Flow<'t> {
    /// Between an entry and the next.
    pub(super) comma: &'t str,
    colon: &'t str,
    pad: &'t str,
    quotes_keys: bool,
}

impl<'t> Style<'t> {
    pub(super) fn of(text: &'t str, layout: &Layout) -> Self {
        let root = layout.root();
        let is_json = matches!(root.form(), Form::Object { flow: true } | Form::Array { flow: true })
            && root.entries().all(|(key, _)| slice(text, key.bytes()).starts_with('"'));
        let has_tabs = is_json && text.lines().nth(1).is_some_and(|line| line.starts_with('\t'));
        let is_pretty = is_json && text.trim_end().contains('\n');
        let blank = if has_tabs { "\t" } else { " " };
        let mut style =
            Self { line_break: line_break(text), text, unit: 2, dash: 0, is_json, is_pretty, blank };
        let (mut unit, mut dash) = (None, None);
        style.measure(root, &mut unit, &mut dash);
        style.unit = unit.unwrap_or(style.unit);
        style.dash = dash.unwrap_or(style.dash);
        style
    }

    /// Looks until it has seen an object in an object, and a list in one. Recurses as deep as the document.
    fn measure(&self, part: Part<'_>, unit: &mut Option<usize>, dash: &mut Option<usize>) {
        if unit.is_some() && dash.is_some() {
            return;
        }
        if let Form::Array { .. } = part.form() {
            return part.parts().for_each(|item| self.measure(item, unit, dash));
        }
        for (key, value) in part.entries() {
            let column = self.column(key.bytes().start);
            let first = value.parts().next().map(|first| first.bytes().start);
            match (value.form(), first) {
                (Form::Object { flow: false }, Some(first)) => {
                    *unit = unit.or(self.column(first).checked_sub(column).filter(|it| *it > 0));
                }
                (Form::Array { flow: false }, Some(first)) => {
                    let before = slice(self.text, ..first).trim_end();
                    let at = before.len().saturating_sub(1);
                    *dash = dash
                        .or_else(|| self.column(at).checked_sub(column).filter(|_| before.ends_with('-')));
                }
                _ => {}
            }
            self.measure(value, unit, dash);
        }
    }

    fn column(&self, at: usize) -> usize {
        let start = slice(self.text, ..at).rfind('\n').map_or(0, |it| it + 1);
        slice(self.text, start..at).chars().count()
    }

    /// A line break, and the next line's indentation.
    pub(super) fn break_to(&self, indent: usize) -> String {
        format!("{}{}", self.line_break, self.blank.repeat(indent))
    }

    /// A scalar in the quotes that the one had whose place it takes, or next to which it stands.
    pub(super) fn scalar(&self, value: &Value, like: Option<char>) -> String {
        let Value::String(text) = value else { return value.to_string() };
        let is_plain = is_plain(text);
        match like {
            Some('\'') if is_plain => format!("'{text}'"),
            Some('"') => value.to_string(),
            _ if is_plain && !self.is_json => text.clone(),
            _ => value.to_string(),
        }
    }

    /// The lines of an entry, its key at a column.
    pub(super) fn block_entry(&self, key: &str, value: &Value, column: usize) -> Vec<String> {
        let key = format!(
            "{:column$}{}:",
            "",
            if is_plain(key) { key.to_owned() } else { Value::from(key).to_string() }
        );
        let is_block = match value {
            Value::Object(entries) => !entries.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        };
        if !is_block {
            return vec![format!("{key} {}", self.scalar(value, None))];
        }
        std::iter::once(key).chain(self.block_value(value, column)).collect()
    }

    /// The lines of a value below its key, which is at a column.
    pub(super) fn block_value(&self, value: &Value, column: usize) -> Vec<String> {
        let deeper = column + self.unit;
        match value {
            Value::Object(entries) => {
                entries.iter().flat_map(|(key, value)| self.block_entry(key, value, deeper)).collect()
            }
            Value::Array(items) => {
                let column = column + self.dash;
                items.iter().map(|item| format!("{:column$}- {}", "", self.scalar(item, None))).collect()
            }
            scalar => vec![format!("{:deeper$}{}", "", self.scalar(scalar, None))],
        }
    }

    /// A value with brackets, in a line that is indented so far.
    pub(super) fn flow_value(&self, value: &Value, flow: &Flow<'_>, indent: usize) -> String {
        self.flow_text(value, flow, None, self.is_pretty.then_some(indent))
    }

    /// A collection that was empty.
    pub(super) fn flow_new(
        &self,
        added: &[(Option<&str>, &Value)],
        flow: &Flow<'_>,
        indent: usize,
    ) -> String {
        let value = if added.iter().any(|(key, _)| key.is_none()) {
            added.iter().map(|(_, value)| (*value).clone()).collect()
        } else {
            let entries =
                added.iter().filter_map(|(key, value)| Some(((*key)?.to_owned(), (*value).clone())));
            Value::Object(entries.collect::<Map<_, _>>())
        };
        self.flow_value(&value, flow, indent)
    }

    /// An entry, or an element where there is no key; with a line for each part if it is given its indentation.
    pub(super) fn flow_entry(
        &self,
        (key, value): (Option<&str>, &Value),
        flow: &Flow<'_>,
        like: Option<char>,
        indent: Option<usize>,
    ) -> String {
        let value = self.flow_text(value, flow, like, indent.filter(|_| self.is_json));
        let Some(key) = key else { return value };
        let is_quoted = flow.quotes_keys || self.is_json || !is_plain(key);
        let key = if is_quoted { Value::from(key).to_string() } else { key.to_owned() };
        format!("{key}{}{value}", flow.colon)
    }

    /// Recurses as deep as the paths that policies name.
    fn flow_text(&self, value: &Value, flow: &Flow<'_>, like: Option<char>, indent: Option<usize>) -> String {
        let deeper = indent.map(|indent| indent + self.json_unit());
        let (brackets, parts) = match value {
            Value::Object(entries) => {
                let entry = |(key, value): (&String, &Value)| {
                    self.flow_entry((Some(key.as_str()), value), flow, None, deeper)
                };
                (['{', '}'], entries.iter().map(entry).collect::<Vec<_>>())
            }
            Value::Array(items) => {
                (['[', ']'], items.iter().map(|item| self.flow_text(item, flow, None, deeper)).collect())
            }
            scalar => return self.scalar(scalar, like),
        };
        let [open, close] = brackets;
        let Some((indent, deeper)) = indent.zip(deeper) else {
            let pad = if open == '{' { flow.pad } else { "" };
            return format!("{open}{pad}{}{pad}{close}", parts.join(flow.comma));
        };
        let parts = parts.join(&format!(",{}", self.break_to(deeper)));
        format!("{open}{}{parts}{}{close}", self.break_to(deeper), self.break_to(indent))
    }

    /// How much deeper each level of a JSON text stands.
    fn json_unit(&self) -> usize {
        let second = self.text.trim_start().lines().nth(1).unwrap_or_default();
        (second.len() - second.trim_start().len()).max(1)
    }
}

impl Flow<'static> {
    /// As the collection is written, as far as its parts show it.
    pub(super) fn of(text: &str, part: Part<'_>) -> Self {
        let mut entries = part.entries().filter(|_| matches!(part.form(), Form::Object { .. }));
        let last = entries.by_ref().last();
        let between = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let is_json_text = text.trim_start().starts_with('{');
        let tight = last.map_or_else(
            || is_json_text && !slice(text, ..text.floor_char_boundary(SAMPLE)).contains("\": "),
            |(key, value)| between(key.bytes().end, value.bytes().start) == ":",
        );
        let starts = part.parts().map(|it| it.bytes());
        let mut ends = part.parts().map(|it| it.bytes().end);
        // Of an object the text between a value and the next key, which is every second gap.
        let step = if matches!(part.form(), Form::Object { .. }) { 2 } else { 1 };
        let gap = ends.nth(step - 1).zip(starts.skip(step).map(|it| it.start).next());
        let comma_is_tight = gap.map_or(tight, |(from, to)| between(from, to) == ",");
        let open = part.bytes().start;
        let is_padded = if part.parts().next().is_some() && slice(text, part.bytes()).starts_with('{') {
            between(open + 1, open + 2).trim().is_empty()
        } else {
            !is_json_text
        };
        Self {
            comma: if comma_is_tight { "," } else { ", " },
            colon: if tight { ":" } else { ": " },
            pad: if is_padded { " " } else { "" },
            quotes_keys: last.is_some_and(|(key, _)| slice(text, key.bytes()).starts_with('"')),
        }
    }
}

/// A part of a text; nothing where there is none.
pub(super) fn slice(text: &str, range: impl SliceIndex<str, Output = str>) -> &str {
    text.get(range).unwrap_or_default()
}

fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if slice(text, ..at).ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// Whether a string needs no quotes in YAML, wherever it stands and whoever reads it.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '/'))
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}
