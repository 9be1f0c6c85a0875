//! A document made to say something else by edits of its text: comments, order, quotes and indentation stay.
//!
//! What is edited is found by its place in the [`Layout`]. Whether the text then says what it should is not decided
//! here: whoever edits reads the text again and compares.

use std::ops::Range;
use std::slice::SliceIndex;

use serde_json::{Map, Value};

use super::Reason;
use super::style::{self, Flow, Style};
use crate::tree::layout::{Form, Layout, Part};

/// The range of a text that is replaced, and by what.
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// The edits that make a document say `new` instead of `old`.
///
/// Elements of lists are changed and appended, never removed.
pub(super) fn edits(text: &str, layout: &Layout, old: &Value, new: &Value) -> Result<Vec<Edit>, Reason> {
    let mut editor = Editor { text, style: Style::of(text, layout), edits: Vec::new() };
    editor.value(layout.root(), old, new)?;
    Ok(editor.edits)
}

/// Applies edits, given in the order in which those at the same place follow each other.
pub(super) fn apply(text: &str, mut edits: Vec<Edit>) -> Result<String, Reason> {
    edits.sort_by_key(|edit| edit.range.start);
    let mut result = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for edit in edits {
        result.push_str(text.get(done..edit.range.start).ok_or(Reason::Unsafe)?);
        result.push_str(&edit.text);
        done = edit.range.end;
    }
    result.push_str(text.get(done..).ok_or(Reason::Unsafe)?);
    Ok(result)
}

struct Editor<'t> {
    text: &'t str,
    style: Style<'t>,
    edits: Vec<Edit>,
}

impl Editor<'_> {
    /// Recurses as deep as the document.
    fn value(&mut self, part: Part<'_>, old: &Value, new: &Value) -> Result<(), Reason> {
        match (part.form(), old, new) {
            _ if old == new => Ok(()),
            (Form::Alias, ..) => Err(Reason::Alias),
            (Form::Object { flow }, Value::Object(old), Value::Object(new)) => {
                self.object(part, flow, old, new)
            }
            (Form::Array { flow }, Value::Array(old), Value::Array(new)) if old.len() <= new.len() => {
                for (item, (old, new)) in part.parts().zip(old.iter().zip(new)) {
                    self.value(item, old, new)?;
                }
                match &new[old.len()..] {
                    [] => Ok(()),
                    more if flow => {
                        self.add_flow(part, &more.iter().map(|value| (None, value)).collect::<Vec<_>>())
                    }
                    more => self.append_block(part, more),
                }
            }
            (Form::Scalar, ..) if !part.bytes().is_empty() && !new.is_object() && !new.is_array() => {
                let written = self.slice(part.bytes());
                if written.contains('\n') {
                    return Err(Reason::Unsafe);
                }
                let text = self.style.scalar(new, written.chars().next());
                self.replace(part.bytes(), text);
                Ok(())
            }
            _ => Err(Reason::Unsafe),
        }
    }

    fn object(
        &mut self,
        part: Part<'_>,
        flow: bool,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Result<(), Reason> {
        let entry = |key: &str| {
            let found = part.entries().find(|(name, _)| name.name() == Some(key));
            // What is there and is not written here has come through a merge key.
            found.ok_or(Reason::Alias)
        };
        let mut added = Vec::new();
        for (key, value) in new {
            match old.get(key) {
                Some(old) if old == value => {}
                Some(old) => self.entry(entry(key)?, flow, old, value)?,
                None => added.push((Some(key.as_str()), value)),
            }
        }
        let removed = old.keys().filter(|key| !new.contains_key(*key));
        let removed = removed.map(|key| entry(key)).collect::<Result<Vec<_>, _>>()?;
        match removed[..] {
            [] => {}
            // What is added next to it would have nowhere to go.
            [_, _, ..] => return Err(Reason::Unsafe),
            [_] if !added.is_empty() => return Err(Reason::Unsafe),
            [removed] => return self.remove(part, flow, removed),
        }
        match (added.is_empty(), flow) {
            (true, _) => Ok(()),
            (false, true) => self.add_flow(part, &added),
            (false, false) => self.add_block(part, &added),
        }
    }

    /// Changes the value of an entry; one that is empty so far is written anew, in the style of what is around it.
    fn entry(
        &mut self,
        (key, value): (Part<'_>, Part<'_>),
        flow: bool,
        old: &Value,
        new: &Value,
    ) -> Result<(), Reason> {
        let is_empty = match old {
            Value::Null => value.form() == Form::Scalar,
            Value::Object(old) => old.is_empty() && value.form() == Form::Object { flow: true },
            Value::Array(old) => old.is_empty() && value.form() == Form::Array { flow: true },
            _ => false,
        };
        if !is_empty {
            return self.value(value, old, new);
        }
        let colon = self.behind_colon(key)?;
        let end = if value.bytes().is_empty() { colon } else { value.bytes().end };
        let written = self.slice(colon..end);
        // Anchors and tags stand before the value.
        if written.trim_start().len() != value.bytes().len() || written.contains('#') {
            return Err(Reason::Unsafe);
        }
        if flow || !(new.is_object() || new.is_array()) {
            let text = self.style.flow_value(new, &Flow::of(self.text, value), self.indent_of_line(colon));
            self.replace(colon..end, format!(" {text}"));
            return Ok(());
        }
        let lines = self.style.block_value(new, self.column(key.bytes().start));
        let line_end = self.rest_is_comment(end)?;
        self.replace(colon..end, String::new());
        self.insert_lines(line_end, &lines);
        Ok(())
    }

    fn add_block(&mut self, part: Part<'_>, added: &[(Option<&str>, &Value)]) -> Result<(), Reason> {
        let Some((first, _)) = part.entries().next() else { return Err(Reason::Unsafe) };
        let column = self.column(first.bytes().start);
        let lines: Vec<_> = added
            .iter()
            .flat_map(|(key, value)| self.style.block_entry(key.unwrap_or_default(), value, column))
            .collect();
        let at = self.block_end(part)?;
        self.insert_lines(at, &lines);
        Ok(())
    }

    fn append_block(&mut self, part: Part<'_>, added: &[Value]) -> Result<(), Reason> {
        let Some(last) = part.parts().last() else { return Err(Reason::Unsafe) };
        let before = self.slice(..last.bytes().start).trim_end_matches(' ');
        if !before.ends_with('-') {
            return Err(Reason::Unsafe);
        }
        let column = self.column(before.len() - 1);
        let quote = self.slice(last.bytes()).chars().next();
        let item = |value| format!("{:column$}- {}", "", self.style.scalar(value, quote));
        if added.iter().any(|it| it.is_array() || it.is_object()) {
            return Err(Reason::Unsafe);
        }
        let lines: Vec<_> = added.iter().map(item).collect();
        let at = self.block_end(part)?;
        self.insert_lines(at, &lines);
        Ok(())
    }

    /// Adds entries, or elements where there is no key, before the bracket.
    fn add_flow(&mut self, part: Part<'_>, added: &[(Option<&str>, &Value)]) -> Result<(), Reason> {
        let Range { start, end } = part.bytes();
        let flow = Flow::of(self.text, part);
        let (Some(first), Some(last)) = (part.parts().next(), part.parts().last()) else {
            let text = self.style.flow_new(added, &flow, self.indent_of_line(start));
            self.replace(start..end, text);
            return Ok(());
        };
        if last.bytes().is_empty() {
            return Err(Reason::Unsafe);
        }
        let quote = (added[0].0.is_none()).then(|| self.slice(last.bytes()).chars().next()).flatten();
        let last_end = last.bytes().end;
        if !self.slice(start..first.bytes().start).contains('\n') {
            let texts = added.iter().map(|it| self.style.flow_entry(*it, &flow, quote, None));
            let text = texts.fold(String::new(), |text, it| text + flow.comma + &it);
            self.replace(last_end..last_end, text);
            return Ok(());
        }
        // One entry a line.
        let indent = self.indent_of_line(first.bytes().start);
        let entry = |it: &(Option<&str>, &Value)| self.style.flow_entry(*it, &flow, quote, Some(indent));
        let texts: Vec<_> = added.iter().map(entry).collect();
        let break_to = self.style.break_to(indent);
        let lines = texts.join(&format!(",{break_to}"));
        let line_end = self.line_end(last_end);
        let behind = self.slice(last_end..end - 1);
        let has_comma = behind.trim_start().starts_with(',');
        if end - 1 < line_end {
            if has_comma || behind.contains('#') {
                return Err(Reason::Unsafe);
            }
            self.replace(last_end..last_end, format!(",{break_to}{lines}"));
            return Ok(());
        }
        if !has_comma {
            self.replace(last_end..last_end, ",".to_owned());
        }
        self.replace(line_end..line_end, format!("{break_to}{lines}{}", if has_comma { "," } else { "" }));
        Ok(())
    }

    fn remove(
        &mut self,
        part: Part<'_>,
        flow: bool,
        (key, value): (Part<'_>, Part<'_>),
    ) -> Result<(), Reason> {
        let start = key.bytes().start;
        let end = if value.bytes().is_empty() { self.behind_colon(key)? } else { value.bytes().end };
        let next = part.entries().find(|(next, _)| next.bytes().start > start).map(|(key, _)| key);
        let previous = part.entries().take_while(|(other, _)| other.bytes().start < start).last();
        let line_start = self.line_start(start);
        let is_alone_on_line = self.slice(line_start..start).trim().is_empty();
        let range = match (previous, next) {
            (None, None) if flow => part.bytes().start + 1..part.bytes().end - 1,
            (None, None) => {
                let before = self.slice(..start).trim_end();
                if !before.ends_with(':') {
                    return Err(Reason::Unsafe);
                }
                self.replace(before.len()..end, " {}".to_owned());
                return Ok(());
            }
            (_, Some(next)) if flow || !is_alone_on_line => start..next.bytes().start,
            (Some((_, previous)), None) if flow => previous.bytes().end..end,
            _ => {
                let line_end = self.line_end(self.rest_is_comment(end)?);
                let behind = self.slice(line_end..).find('\n').map(|at| line_end + at + 1);
                let start =
                    if behind.is_none() { self.slice(..line_start).trim_end().len() } else { line_start };
                let rest_of_line = self.slice(end..line_end).len();
                if self.has_comment(start..line_end - rest_of_line) {
                    return Err(Reason::Unsafe);
                }
                self.replace(start..behind.unwrap_or(self.text.len()), String::new());
                return Ok(());
            }
        };
        if self.has_comment(range.clone()) {
            return Err(Reason::Unsafe);
        }
        self.replace(range, String::new());
        Ok(())
    }

    /// Where new lines go behind a collection without brackets: the end of its last line.
    fn block_end(&self, part: Part<'_>) -> Result<usize, Reason> {
        let mut last = part;
        while let Some(part) = last.parts().filter(|it| !it.bytes().is_empty()).last() {
            last = part;
        }
        if last.form() != Form::BlockScalar {
            return self.rest_is_comment(part.bytes().end);
        }
        let Range { start, end } = last.bytes();
        let header = self.slice(..start).trim_end().lines().next_back().unwrap_or_default();
        // `+` makes the empty lines behind it a part of the text.
        let keeps_breaks = header.rsplit(['|', '>']).next().is_some_and(|it| it.contains('+'));
        if keeps_breaks && self.slice(..end).ends_with('\n') {
            return Ok(end);
        }
        Ok(start + self.slice(start..end).trim_end().len())
    }

    /// The end of the line at `at`, behind which there must be nothing but a comment.
    fn rest_is_comment(&self, at: usize) -> Result<usize, Reason> {
        let end = self.line_end(at);
        let rest = self.slice(at..end).trim_start_matches([' ', '\t', ':']);
        if rest.is_empty() || rest.starts_with('#') { Ok(end) } else { Err(Reason::Unsafe) }
    }

    /// Behind the colon of a key.
    fn behind_colon(&self, key: Part<'_>) -> Result<usize, Reason> {
        let rest = self.slice(key.bytes().end..);
        let behind = rest.trim_start().strip_prefix(':').ok_or(Reason::Unsafe)?;
        Ok(self.text.len() - behind.len())
    }

    fn has_comment(&self, range: Range<usize>) -> bool {
        self.text.get(range).is_none_or(|text| text.contains('#'))
    }

    fn line_start(&self, at: usize) -> usize {
        self.slice(..at).rfind('\n').map_or(0, |it| it + 1)
    }

    /// The end of the line, before its line break.
    fn line_end(&self, at: usize) -> usize {
        let end = self.slice(at..).find('\n').map_or(self.text.len(), |it| at + it);
        if self.slice(at..end).ends_with('\r') { end - 1 } else { end }
    }

    /// How many characters stand before `at` in its line.
    fn column(&self, at: usize) -> usize {
        self.slice(self.line_start(at)..at).chars().count()
    }

    /// How far the line at `at` is indented, in characters.
    fn indent_of_line(&self, at: usize) -> usize {
        let line = self.slice(self.line_start(at)..at);
        line.len() - line.trim_start().len()
    }

    /// A part of the text; nothing where there is none, since what stands nowhere may be said to end before it starts.
    fn slice(&self, range: impl SliceIndex<str, Output = str>) -> &str {
        style::slice(self.text, range)
    }

    fn insert_lines(&mut self, at: usize, lines: &[String]) {
        let line_break = self.style.line_break;
        let is_line_start = at > 0 && self.slice(..at).ends_with('\n');
        let line = |line: &String| {
            if is_line_start { format!("{line}{line_break}") } else { format!("{line_break}{line}") }
        };
        let text = lines.iter().map(line).collect();
        self.replace(at..at, text);
    }

    fn replace(&mut self, range: Range<usize>, text: String) {
        self.edits.push(Edit { range, text });
    }
}
