//! How a document is written: where each of its parts begins and ends, and in which style.
//!
//! A tree says what a document means; this says what stands in the text, aliases and merge keys included, for those
//! who edit it.

use std::ops::Range;

use super::json_positions::Cursor;

/// One document as it is written, in document order. An entry of an object is two parts, the key and the value.
#[derive(Clone, Debug, Default)]
pub struct Layout(Vec<Slot>);

#[derive(Clone, Debug)]
struct Slot {
    bytes: Range<u32>,
    form: Form,
    /// One past the last part of this one.
    end: u32,
    /// What a key says; `None` for what is no key, and for merge keys.
    name: Option<Box<str>>,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A scalar; of no length where it is left out.
    Scalar,
    /// A YAML scalar of whole lines, below a line that ends in `|` or `>`: those lines.
    BlockScalar,
    /// A YAML alias: what it means stands elsewhere.
    Alias,
    /// An array; with brackets, or in YAML without.
    Array {
        /// Whether it has brackets.
        flow: bool,
    },
    /// An object; with braces, or in YAML without.
    Object {
        /// Whether it has braces.
        flow: bool,
    },
}

/// A part of a document as it is written.
#[derive(Clone, Copy)]
pub struct Part<'l> {
    layout: &'l Layout,
    index: u32,
}

impl Layout {
    /// The whole document.
    pub fn root(&self) -> Part<'_> {
        Part { layout: self, index: 0 }
    }

    /// Adds a part that ends before the part `end`.
    pub(super) fn push(&mut self, bytes: Range<u32>, form: Form, end: u32) {
        self.0.push(Slot { bytes, form, end, name: None });
    }

    /// Says what a key says.
    pub(super) fn name(&mut self, key: u32, name: &str) {
        self.0[key as usize].name = Some(name.into());
    }

    fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

impl<'l> Part<'l> {
    /// Where it stands in the text, in bytes; without its anchor and tag.
    pub fn bytes(self) -> Range<usize> {
        let bytes = &self.slot().bytes;
        bytes.start as usize..bytes.end as usize
    }

    /// What it is.
    pub fn form(self) -> Form {
        self.slot().form
    }

    /// Elements of an array; keys and values of an object by turns.
    pub fn parts(self) -> impl Iterator<Item = Part<'l>> {
        let (end, layout) = (self.slot().end, self.layout);
        let first = (self.index + 1 < end).then_some(self.index + 1);
        let next = move |index: &u32| Some(layout.0[*index as usize].end).filter(|it| *it < end);
        std::iter::successors(first, next).map(move |index| Part { layout, index })
    }

    /// Keys and values of an object.
    pub fn entries(self) -> impl Iterator<Item = (Part<'l>, Part<'l>)> {
        let mut parts = self.parts();
        std::iter::from_fn(move || Some((parts.next()?, parts.next()?)))
    }

    /// What a key says; `None` for a merge key.
    pub fn name(self) -> Option<&'l str> {
        self.slot().name.as_deref()
    }

    fn slot(self) -> &'l Slot {
        &self.layout.0[self.index as usize]
    }
}

/// The layouts of JSON values one after the other, which have been read without an error.
pub(super) fn of_json(text: &str) -> Vec<Layout> {
    let mut layouts = Vec::new();
    let mut cursor = Cursor::new(text);
    cursor.skip_space();
    while !cursor.at_end() {
        let mut layout = Layout::default();
        json_value(text, &mut cursor, &mut layout);
        layouts.push(layout);
        cursor.skip_space();
    }
    layouts
}

/// Recurses no deeper than the JSON reader has.
fn json_value(text: &str, cursor: &mut Cursor<'_>, layout: &mut Layout) {
    let (start, index) = (cursor.offset(), layout.len());
    let (form, close) = match cursor.peek() {
        Some(b'{') => (Form::Object { flow: true }, b'}'),
        Some(b'[') => (Form::Array { flow: true }, b']'),
        _ => (Form::Scalar, 0),
    };
    layout.push(byte(start)..0, form, 0);
    if form == Form::Scalar {
        cursor.skip_scalar();
    } else {
        cursor.advance();
        let mut is_key = close == b'}';
        loop {
            cursor.skip_separators();
            match cursor.peek() {
                Some(byte) if byte != close => {}
                _ => break,
            }
            let (part, from) = (layout.len(), cursor.offset());
            json_value(text, cursor, layout);
            if is_key {
                let name = serde_json::from_str::<String>(&text[from..cursor.offset()]);
                layout.name(part, &name.unwrap_or_default());
            }
            is_key = close == b'}' && !is_key;
        }
        cursor.advance();
    }
    let end = layout.len();
    let slot = &mut layout.0[index as usize];
    (slot.bytes.end, slot.end) = (byte(cursor.offset()), end);
}

/// Texts are far below 4 GiB.
fn byte(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::document::{Claim, layouts};
    use super::*;

    /// The text of every part, aliases and braces included.
    fn parts(text: &str) -> Vec<&str> {
        let layouts = layouts(text, Claim::Yaml).unwrap();
        let slots = layouts.iter().flat_map(|layout| (0..layout.len()).map(|index| Part { layout, index }));
        slots.map(|part| &text[part.bytes()]).collect()
    }

    #[test]
    fn each_part_has_its_text() {
        for (text, expected) in [
            (
                r#"{"a": [1, "]"], "b":{}}"#,
                &[r#"{"a": [1, "]"], "b":{}}"#, "\"a\"", r#"[1, "]"]"#, "1", "\"]\"", "\"b\"", "{}"][..],
            ),
            ("1 [2]", &["1 [2]"]),
            ("{}\n{\"a\":1}", &["{}", "{\"a\":1}", "\"a\"", "1"]),
            ("a: &x !!str 'b' # c\nc: *x\n", &["a: &x !!str 'b' # c\nc: *x", "a", "'b'", "c", "*x"]),
            (
                "a:\n- b: {c: d}\n  e:\nf: ~\n",
                &[
                    "a:\n- b: {c: d}\n  e:\nf: ~",
                    "a",
                    "b: {c: d}\n  e",
                    "b: {c: d}\n  e",
                    "b",
                    "{c: d}",
                    "c",
                    "d",
                    "e",
                    "",
                    "f",
                    "~",
                ],
            ),
            (
                "ä: [ö]\r\nb: |+\r\n  x\r\n\r\nc: d",
                &["ä: [ö]\r\nb: |+\r\n  x\r\n\r\nc: d", "ä", "[ö]", "ö", "b", "x\r\n\r\n", "c", "d"],
            ),
        ] {
            assert_eq!(parts(text), expected, "{text:?}");
        }
    }
}
