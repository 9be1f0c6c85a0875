//! Any text with objects into trees with positions: JSON where it is JSON, YAML otherwise, as kubectl does.

use super::json_positions::Cursor;
use super::layout::{self, Layout};
use super::positions::{Position, Positions};
use super::yaml::{self, YamlError};
use super::{Tree, json};

/// One document of a text.
#[derive(Clone, Debug)]
pub struct Document {
    /// What stands in it.
    pub tree: Tree,
    /// Where it stands.
    pub positions: Positions,
}

/// What a text claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// JSON, by the name of its file: if it is neither that nor YAML, the JSON reader says why.
    Json,
    /// Anything else.
    Yaml,
}

/// Why a document is not read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Claims to be JSON and is not.
    #[error("{message}")]
    Json {
        /// Where the reader gave up.
        at: Position,
        /// What it says.
        message: String,
    },
    /// Cannot be read as YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

impl ReadError {
    /// The place to look at.
    pub fn position(&self) -> Position {
        match self {
            Self::Json { at, .. } => *at,
            Self::Yaml(error) => error.position(),
        }
    }
}

/// Reads the documents of a text: JSON values one after the other, or YAML documents.
pub fn read(text: &str, claim: Claim) -> Documents<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut json_error = None;
    if claim == Claim::Json || text.trim_ascii_start().starts_with('{') {
        match read_json(text) {
            Ok(documents) => return Documents(Reading::Json(documents.into_iter())),
            Err(error) if claim == Claim::Json => json_error = Some(error),
            Err(_) => {}
        }
    }
    Documents(Reading::Yaml { documents: Box::new(yaml::read(text)), json_error })
}

/// Iterator over the documents of a text.
pub struct Documents<'t>(Reading<'t>);

enum Reading<'t> {
    Json(std::vec::IntoIter<Document>),
    Yaml { documents: Box<yaml::Documents<'t>>, json_error: Option<ReadError> },
}

impl Iterator for Documents<'_> {
    type Item = Result<Document, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Reading::Json(documents) => documents.next().map(Ok),
            Reading::Yaml { documents, json_error } => {
                let error = match documents.next()? {
                    Ok(document) => return Some(Ok(document)),
                    Err(error) => error,
                };
                // What is wrong beyond syntax is known better here: the YAML reader reads JSON too.
                let json_error = json_error.take().filter(|_| matches!(error, YamlError::Syntax { .. }));
                Some(Err(json_error.unwrap_or(ReadError::Yaml(error))))
            }
        }
    }
}

/// How the documents of a text are written, in the order in which [`read`] reads them; `None` where it reports an
/// error.
pub fn layouts(text: &str, claim: Claim) -> Option<Vec<Layout>> {
    match read(text, claim).0 {
        Reading::Json(_) => Some(layout::of_json(text)),
        Reading::Yaml { .. } => yaml::layouts(text),
    }
}

fn read_json(text: &str) -> Result<Vec<Document>, ReadError> {
    let mut documents = Vec::new();
    let mut cursor = Cursor::new(text);
    cursor.skip_space();
    while !cursor.at_end() {
        let mut end = cursor.clone();
        end.skip_value();
        let mut tree = Tree::new();
        let value = &text[cursor.offset()..end.offset()];
        json::read_into(&mut tree, value.as_bytes()).map_err(|error| json_error(&error, value, &cursor))?;
        let positions = tree.root().map(|root| cursor.positions(root)).unwrap_or_default();
        documents.push(Document { tree, positions });
        cursor = end;
        cursor.skip_space();
    }
    Ok(documents)
}

/// The reader counts lines from the start of the value, and columns in bytes.
fn json_error(error: &json::JsonError, value: &str, start: &Cursor<'_>) -> ReadError {
    let json::JsonError::Syntax(syntax) = error else {
        return ReadError::Json { at: start.position(), message: error.to_string() };
    };
    let message = syntax.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(it, _)| it).to_owned();
    let line_start = match syntax.line().checked_sub(2) {
        Some(breaks) => value.match_indices('\n').nth(breaks).map_or(value.len(), |(at, _)| at + 1),
        None => 0,
    };
    let offset = value.floor_char_boundary(line_start + syntax.column().saturating_sub(1));
    ReadError::Json { at: start.position_behind(&value[..offset]), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str, claim: Claim) -> Vec<String> {
        read(text, claim)
            .map(|document| match document {
                Ok(document) => {
                    let root = document.tree.root().unwrap();
                    format!("{} {}", document.positions.of(root), json::to_value(root))
                }
                Err(error) => format!("{}: {error}", error.position()),
            })
            .collect()
    }

    #[test]
    fn tells_json_from_yaml() {
        for (text, claim, expected) in [
            ("{\"a\": 1e3}", Claim::Yaml, &[r#"1:1 {"a":1000}"#][..]),
            ("\u{feff}{\"a\":\"\\ud83d\\ude00\"}", Claim::Yaml, &[r#"1:1 {"a":"😀"}"#]),
            ("{\"a\":1}\n{}{\"b\":\n2}\n", Claim::Json, &[r#"1:1 {"a":1}"#, "2:1 {}", r#"2:3 {"b":2}"#]),
            ("{\"a\":yes}", Claim::Yaml, &[r#"1:1 {"a":true}"#]),
            ("{\"a\": 1} # c\n---\nb: 2", Claim::Json, &[r#"1:1 {"a":1}"#, r#"3:1 {"b":2}"#]),
            ("", Claim::Json, &[]),
            (" \n", Claim::Yaml, &[]),
            ("1", Claim::Json, &["1:1 1"]),
            ("yes", Claim::Yaml, &["1:1 true"]),
        ] {
            assert_eq!(outcome(text, claim), expected, "{text}");
        }
    }

    #[test]
    fn says_where_json_is_broken() {
        for (text, expected) in [
            ("{\"ä\":\n{\"ö\" 1}}", "2:6: expected `:`"),
            ("\n {\"a\":1]", "2:8: expected `,` or `}`"),
            ("[1, 2", "1:5: EOF while parsing a list"),
            ("{\"a\":{\"b\":1,\n\"b\":2}}", "2:1: the key `b` stands twice in one object, first at 1:7"),
        ] {
            assert_eq!(outcome(text, Claim::Json), [expected], "{text}");
        }
        let template = outcome("{{ .Values.x }}", Claim::Yaml);
        assert!(template[0].starts_with("1:"), "{template:?}");
    }
}
