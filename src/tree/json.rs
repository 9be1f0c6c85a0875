//! JSON into a tree, in one pass.
//!
//! `metadata.managedFields` is left out: no policy may depend on it, and it is often half of an object.
//! Duplicate keys are refused, because readers differ on which one counts and a check could be passed by that.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::build::{Float, Key, NodeId, ROOT, Scalar};
use super::{Raw, Tree};

/// Why a text is not read as JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not UTF-8, which JSON has to be.
    #[error("not valid UTF-8")]
    NotUtf8,
    /// Not JSON, nested too deeply, or with a key twice in one object; says where.
    #[error("{0}")]
    Syntax(serde_json::Error),
    /// More than 4 GiB.
    #[error("longer than 4 GiB")]
    TooLong,
}

/// Reads one JSON document into a new tree.
pub fn read(text: &[u8]) -> Result<Tree, JsonError> {
    let mut tree = Tree::new();
    read_into(&mut tree, text)?;
    Ok(tree)
}

/// Reads one JSON document into `tree`, which is cleared first.
pub fn read_into(tree: &mut Tree, text: &[u8]) -> Result<(), JsonError> {
    tree.clear();
    if u32::try_from(text.len()).is_err() {
        return Err(JsonError::TooLong);
    }
    let text = simdutf8::basic::from_utf8(text).map_err(|_| JsonError::NotUtf8)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Reader { tree, parent: ROOT, key: Key::default() }.deserialize(&mut deserializer);
    read.and_then(|()| deserializer.end()).map_err(JsonError::Syntax)
}

/// Reads the beginning of a JSON document that was cut off: everything up to where it breaks, as if all that was
/// open had been closed there.
pub fn read_prefix_into(tree: &mut Tree, text: &[u8]) {
    tree.clear();
    let valid = simdutf8::compat::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
    // The text breaks off, and where it does is no news.
    let _ = read_into(tree, &text[..valid]);
    tree.close_all();
}

/// Reads one value as the child `key` of `parent`.
struct Reader<'a> {
    tree: &'a mut Tree,
    parent: NodeId,
    key: Key,
}

impl Reader<'_> {
    fn leaf(self, scalar: &Scalar<'_>) {
        self.tree.push(self.parent, self.key, scalar);
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.leaf(&Scalar::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.leaf(&Scalar::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.leaf(&Scalar::Int(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.leaf(&Scalar::Int(value)),
            Err(_) => self.leaf(&Scalar::Number(&value.to_string())),
        }
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        match Float::of(value) {
            Float::Int(value) => self.leaf(&Scalar::Int(value)),
            Float::Text(text) => self.leaf(&Scalar::Number(&text)),
        }
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.leaf(&Scalar::Text(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let id = self.tree.open_array(self.parent, self.key);
        while elements
            .next_element_seed(Reader { tree: &mut *self.tree, parent: id, key: Key::default() })?
            .is_some()
        {}
        self.tree.close_array(id);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let in_metadata = self.tree.key_str(self.key) == "metadata";
        let id = self.tree.open_object(self.parent, self.key);
        while let Some(key) = entries.next_key_seed(KeyReader(&mut *self.tree))? {
            if in_metadata && self.tree.key_str(key) == "managedFields" {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            entries.next_value_seed(Reader { tree: &mut *self.tree, parent: id, key })?;
        }
        self.tree.close_object(id).map_err(A::Error::custom)
    }
}

struct KeyReader<'a>(&'a mut Tree);

impl<'de> DeserializeSeed<'de> for KeyReader<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyReader<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(self.0.key(key))
    }
}

/// Turns a subtree into a [`serde_json::Value`], for libraries that ask for one; not for the hot path.
pub fn to_value(node: super::Node<'_>) -> serde_json::Value {
    use serde_json::Value;
    match node.tree().slot(node.id()).value {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Int(value) => Value::from(i64::from(value)),
        Raw::Number(span) => serde_json::from_str(node.tree().str(span)).unwrap_or(Value::Null),
        Raw::Text(span) => Value::from(node.tree().str(span)),
        Raw::Array => node.children().map(to_value).collect(),
        Raw::Object(_) => {
            Value::Object(node.children().map(|child| (child.key().to_owned(), to_value(child))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) -> String {
        to_value(read(text.as_bytes()).unwrap().root().unwrap()).to_string()
    }

    #[test]
    fn keeps_values_as_they_are() {
        for text in [
            "null",
            "[]",
            "{}",
            r#"[true,false,null,"",[[]],{"":{}}]"#,
            r#"{"a":-9223372036854775808,"b":9223372036854775807,"c":18446744073709551615,"d":0.1}"#,
            r#"{"text":"\u0000\ud83d\ude00\"\\"}"#,
        ] {
            let expected: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(round_trip(text), expected.to_string());
        }
    }

    #[test]
    fn leaves_out_managed_fields() {
        let text =
            r#"{"metadata":{"name":"a","managedFields":[{"managedFields":1}],"uid":"b"},"managedFields":2}"#;
        assert_eq!(round_trip(text), r#"{"metadata":{"name":"a","uid":"b"},"managedFields":2}"#);
    }

    #[test]
    fn reads_a_prefix_up_to_where_it_breaks() {
        let text = r#"{"a":{"b":[1,{"c":"déjà"}]},"d":2}"#;
        let mut tree = Tree::new();
        for (cut, expected) in [
            (0, None),
            (1, Some("{}")),
            (text.len(), Some(r#"{"a":{"b":[1,{"c":"déjà"}]},"d":2}"#)),
            (text.find("\"d\"").unwrap(), Some(r#"{"a":{"b":[1,{"c":"déjà"}]}}"#)),
            (text.find('à').unwrap() + 1, Some(r#"{"a":{"b":[1,{}]}}"#)),
        ] {
            read_prefix_into(&mut tree, &text.as_bytes()[..cut]);
            assert_eq!(tree.root().map(|root| to_value(root).to_string()).as_deref(), expected, "{cut}");
        }
    }

    #[test]
    fn refuses_duplicate_keys_in_small_and_large_objects() {
        let many = (0..100).map(|i| format!(r#""k{i}":{i},"#)).collect::<Vec<_>>().concat();
        for (text, key) in [
            (r#"{"a":{"b":1,"c":2,"b":3}}"#.to_owned(), "b"),
            (r#"{"a":1,"\u0061":1}"#.to_owned(), "a"),
            (format!(r#"{{{many}"k57":0}}"#), "k57"),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(&format!("the key `{key}` stands twice")), "{error}");
        }
        assert!(read(format!(r#"{{{many}"k100":0}}"#).as_bytes()).is_ok());
    }

    #[test]
    fn refuses_deep_nesting_without_recursing_into_it() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(read(deep(super::super::MAX_DEPTH - 1).as_bytes()).is_ok());
        for n in [super::super::MAX_DEPTH + 1, 10_000, 1_000_000] {
            assert!(read(deep(n).as_bytes()).unwrap_err().to_string().contains("recursion limit"));
        }
    }

    #[test]
    fn refuses_what_is_not_json() {
        for text in [&b""[..], b"{", b"{} {}", b"\xff", b"{'a':1}", b"[1,]", b"nul"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
