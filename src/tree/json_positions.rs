//! Positions for a tree that was read from JSON.
//!
//! The JSON reader keeps none, because the server has no use for them. Values stand in the text in the order
//! of the tree's nodes, so a second walk over both finds them; it skips `metadata.managedFields` as the
//! reader does.

use super::positions::{Position, Positions};
use super::{Node, Value};

/// A walk over a text, byte by byte, that knows its position.
#[derive(Clone)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    offset: usize,
    position: Position,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, offset: 0, position: Position::START }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// Where `text` ends, if it starts here.
    pub(super) fn position_behind(&self, text: &str) -> Position {
        let mut cursor = Cursor { text, offset: 0, position: self.position };
        while !cursor.at_end() {
            cursor.advance();
        }
        cursor.position
    }

    pub(super) fn at_end(&self) -> bool {
        self.peek().is_none()
    }

    /// The positions of `root` and all nodes below it, whose text starts here. Goes on behind that text.
    pub(super) fn positions(&mut self, root: Node<'_>) -> Positions {
        let mut positions = Positions::default();
        self.value(root, None, &mut positions);
        positions
    }

    pub(super) fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance();
        }
    }

    /// Moves behind the value that starts here, by counting brackets: the text may not be JSON at all.
    pub(super) fn skip_value(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None => return,
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.advance();
                }
                Some(b'}' | b']') => {
                    depth = depth.saturating_sub(1);
                    self.advance();
                }
                Some(b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') => self.advance(),
                Some(_) => self.skip_scalar(),
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Recurses no deeper than the tree, which is no deeper than [`super::MAX_DEPTH`].
    fn value(&mut self, node: Node<'_>, key: Option<Position>, positions: &mut Positions) {
        self.skip_space();
        positions.push(key, self.position);
        match node.value() {
            Value::Object => self.object(node, positions),
            Value::Array => {
                self.advance();
                for element in node.children() {
                    self.value(element, None, positions);
                    self.skip_separators();
                }
                self.skip_separators();
                self.advance();
            }
            _ => self.skip_scalar(),
        }
    }

    fn object(&mut self, node: Node<'_>, positions: &mut Positions) {
        let in_metadata = node.key() == "metadata";
        let mut entries = node.children();
        self.advance();
        loop {
            self.skip_separators();
            if self.peek() != Some(b'"') {
                return self.advance();
            }
            let at = self.position;
            let start = self.offset;
            self.skip_scalar();
            let key = &self.text[start..self.offset];
            self.skip_separators();
            if in_metadata && is_managed_fields(key) {
                self.skip_value();
            } else if let Some(entry) = entries.next() {
                self.value(entry, Some(at), positions);
            }
        }
    }

    pub(super) fn skip_separators(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')) {
            self.advance();
        }
    }

    pub(super) fn skip_scalar(&mut self) {
        if self.peek() != Some(b'"') {
            while !matches!(
                self.peek(),
                None | Some(b',' | b':' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r')
            ) {
                self.advance();
            }
            return;
        }
        self.advance();
        loop {
            match self.peek() {
                None => return,
                Some(b'"') => return self.advance(),
                Some(b'\\') => {
                    self.advance();
                    self.advance();
                }
                Some(_) => self.advance(),
            }
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    pub(super) fn advance(&mut self) {
        let Some(byte) = self.peek() else { return };
        self.offset += 1;
        if byte == b'\n' {
            self.position = Position { line: self.position.line + 1, column: 1 };
        } else if self.text.is_char_boundary(self.offset) {
            self.position.column += 1;
        }
    }
}

/// Whether this is the JSON text of the key that readers leave out.
fn is_managed_fields(key: &str) -> bool {
    const KEY: &str = "managedFields";
    key.trim_matches('"') == KEY
        || key.contains('\\') && serde_json::from_str::<String>(key).is_ok_and(|key| key == KEY)
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn positions_of(text: &str) -> Vec<String> {
        let tree = json::read(text.as_bytes()).unwrap();
        let mut cursor = Cursor::new(text);
        let positions = cursor.positions(tree.root().unwrap());
        assert_eq!(cursor.offset(), text.trim_end().len());
        (0..u32::try_from(tree.len()).unwrap())
            .map(|id| tree.node(crate::tree::NodeId(id)).unwrap())
            .map(|node| match positions.key_of(node) {
                Some(key) => format!("{key} {}", positions.of(node)),
                None => positions.of(node).to_string(),
            })
            .collect()
    }

    #[test]
    fn finds_every_key_and_value() {
        for (text, expected) in [
            ("1", &["1:1"][..]),
            (" \n [ 1 , \"]\" , [ ] ]\n", &["2:2", "2:4", "2:8", "2:14"]),
            ("{\"ä\":\"ö\\\"\",\r\n \"b\" : {} , \"c\":null}", &["1:1", "1:2 1:6", "2:2 2:8", "2:13 2:17"]),
            (
                r#"{"metadata":{"managedFields":[{"a":"}]"}],"uid":"b"},"managedFields":2}"#,
                &["1:1", "1:2 1:13", "1:43 1:49", "1:54 1:70"],
            ),
            (
                r#"{"metadata":{"uid":"b","managed\u0046ields":1},"c":3}"#,
                &["1:1", "1:2 1:13", "1:14 1:20", "1:48 1:52"],
            ),
        ] {
            assert_eq!(positions_of(text), expected, "{text}");
        }
    }
}
