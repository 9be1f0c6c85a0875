//! Values as YAML that people like to read: blocks, plain words, short lists on one line.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Longest list of scalars that stays on one line, in characters.
const MAX_FLOW: usize = 100;

/// Plain words that readers of YAML 1.1 take for something else.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// One document, with the line break at its end.
pub fn render(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(fields) if !fields.is_empty() => mapping(&mut text, fields, 0),
        Value::Array(values) if !values.is_empty() && flow(values).is_none() => {
            sequence(&mut text, values, 0);
        }
        other => {
            after_key(&mut text, other, 0);
            text = text.trim_start_matches(' ').to_owned();
        }
    }
    text
}

/// The fields, each on a line; the first goes where the text ends.
fn mapping(text: &mut String, fields: &Map<String, Value>, indent: usize) {
    for (index, (key, value)) in fields.iter().enumerate() {
        if index > 0 {
            indented(text, indent);
        }
        text.push_str(&word(key));
        text.push(':');
        after_key(text, value, indent);
    }
}

fn sequence(text: &mut String, values: &[Value], indent: usize) {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            indented(text, indent);
        }
        text.push('-');
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                text.push(' ');
                mapping(text, fields, indent + 2);
            }
            other => after_key(text, other, indent),
        }
    }
}

/// What follows `key:` or `-`, to the end of its last line.
fn after_key(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            indented(text, indent + 2);
            mapping(text, fields, indent + 2);
            return;
        }
        Value::Array(values) => {
            let Some(line) = flow(values) else {
                text.push('\n');
                indented(text, indent + 2);
                sequence(text, values, indent + 2);
                return;
            };
            text.push(' ');
            text.push_str(&line);
        }
        Value::Object(_) => text.push_str(" {}"),
        Value::String(string) if is_block(string) => {
            text.push_str(" |-");
            for line in string.lines() {
                text.push('\n');
                indented(text, indent + 2);
                text.push_str(line);
            }
        }
        scalar => {
            let _ = write!(text, " {}", scalar_text(scalar));
        }
    }
    text.push('\n');
}

/// A list on one line, if it has only scalars and is short.
fn flow(values: &[Value]) -> Option<String> {
    if values.iter().any(|value| value.is_object() || value.is_array()) {
        return None;
    }
    let words: Vec<String> = values.iter().map(scalar_text).collect();
    let line = format!("[{}]", words.join(", "));
    (line.len() <= MAX_FLOW || values.is_empty()).then_some(line)
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => word(text),
        other => other.to_string(),
    }
}

/// A text, in quotes where it could be taken for something else. What JSON escapes, YAML reads alike.
fn word(text: &str) -> String {
    let is_plain = text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '/')
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-' | b'/'))
        && !RESERVED.iter().any(|it| text.eq_ignore_ascii_case(it));
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// As JSON has it, and with escapes for what YAML does not take as it is or would read as a line break.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut quoted = String::with_capacity(json.len());
    for it in json.chars() {
        match it {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(it));
            }
            other => quoted.push(other),
        }
    }
    quoted
}

/// Whether a text is one of several lines that a block can hold as they are.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.ends_with('\n')
        && !text.starts_with([' ', '\n'])
        && text.bytes().all(|it| it == b'\n' || (b' '..=b'~').contains(&it))
        && text.split('\n').all(|line| !line.trim().is_empty())
}

fn indented(text: &mut String, indent: usize) {
    text.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::tree::document::{self, Claim};
    use crate::tree::json::to_value;

    #[test]
    fn reads_well() {
        let value = json!({
            "kind": "It", "empty": {}, "none": [],
            "words": ["CREATE", "", "*", "off", "v1", "1", "a b"],
            "list": [{ "name": "a", "more": { "port": 443, "on": true } }, "b", ["c"]],
            "text": "a {\n  b\n}",
        });
        let expected = "\
kind: It
empty: {}
none: []
words: [CREATE, \"\", \"*\", \"off\", v1, \"1\", \"a b\"]
list:
  - name: a
    more:
      port: 443
      \"on\": true
  - b
  - [c]
text: |-
  a {
    b
  }
";
        assert_eq!(render(&value), expected);
    }

    fn values() -> impl Strategy<Value = Value> {
        let texts = prop_oneof![
            "[a-z0-9:#'\"|>{} ,.~*&!%@`\\[\\]\n-]{0,12}",
            any::<String>(),
            Just("yes".to_owned()),
            Just("null".to_owned()),
            Just("1e3".to_owned()),
            Just("---".to_owned()),
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            texts.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::vec((texts.clone(), inner), 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in values()) {
            let text = render(&value);
            let documents: Vec<_> = document::read(&text, Claim::Yaml).collect();
            prop_assert_eq!(documents.len(), 1, "{}", text);
            let document = documents.into_iter().next().unwrap();
            let document = document.map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
            prop_assert_eq!(document.tree.root().map(to_value), Some(value), "{}", text);
        }
    }
}
