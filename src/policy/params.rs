//! Types that parameters are made of. What they refuse is refused when the configuration is read.

use std::borrow::Cow;

use regex::{RegexSet, RegexSetBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use super::amount::{Amount, Factor};
use super::words::Words;
use crate::object::cidr::Cidr;

/// The parameters of a policy that has none.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

/// A set of regular expressions, compiled once and matched together, in linear time.
#[derive(Clone, Debug)]
pub struct Patterns {
    set: RegexSet,
    words: Option<Box<Words>>,
}

/// Compiled size beyond which expressions are refused, in bytes.
const PATTERN_SIZE: usize = 256 * 1024;

/// Stands where a default does not compile, for the catalogue's tests to see.
const NEVER: &str = r"[^\s\S]";

impl Patterns {
    /// Compiles expressions of the syntax of the `regex` crate.
    pub fn new<S: AsRef<str>>(expressions: impl IntoIterator<Item = S>) -> Result<Self, regex::Error> {
        RegexSetBuilder::new(expressions).size_limit(PATTERN_SIZE).build().map(Self::of_set)
    }

    /// The expressions of a default, which the catalogue's tests compile.
    pub(crate) fn of_default(expressions: &[&str]) -> Self {
        Self::new(expressions).or_else(|_| Self::new([NEVER])).unwrap_or_else(|_| Self::none())
    }

    /// No expression at all: nothing matches.
    pub(crate) fn none() -> Self {
        Self::of_set(RegexSet::empty())
    }

    fn of_set(set: RegexSet) -> Self {
        Self { words: Words::of(set.patterns()).map(Box::new), set }
    }

    /// Whether there is no expression.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Whether one of the expressions matches somewhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        // Asking the engine costs dozens of these, also where there is no expression.
        !self.set.is_empty()
            && self.words.as_ref().is_none_or(|words| words.may_be_in(text))
            && self.set.is_match(text)
    }
}

impl<'de> Deserialize<'de> for Patterns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expressions = Vec::<String>::deserialize(deserializer)?;
        Self::new(expressions).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Patterns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.set.patterns().serialize(serializer)
    }
}

impl JsonSchema for Patterns {
    fn schema_name() -> Cow<'static, str> {
        "Patterns".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": { "type": "string", "format": "regex" } })
    }
}

/// An absolute path of a file or directory of a node, without `..`; the same place always has the same text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(with = "String", inline)]
pub struct AbsolutePath(String);

impl AbsolutePath {
    /// Takes the needless parts out of a path: `/var//log/./x/..` is `/var/log`. `None` for one that is not absolute.
    ///
    /// What it leads to is not looked at, but for `/var/run`, which is a link to `/run` everywhere. Windows writes
    /// `\\`, a drive, and knows no case: `C:\\Windows` is `/windows`, `\\\\.\\pipe\\x` is `/pipe/x`.
    pub fn new(path: &str) -> Option<Self> {
        let drive = path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        let after_drive = path.get(1..).and_then(|rest| rest.strip_prefix(':')).filter(|_| drive);
        if after_drive.is_some() || path.starts_with('\\') {
            let path = after_drive.unwrap_or(path).replace('\\', "/").to_ascii_lowercase();
            return Self::new(&format!("/{path}"));
        }
        let mut parts = Vec::new();
        for part in path.strip_prefix('/')?.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        if parts.starts_with(&["var", "run"]) {
            parts.remove(0);
        }
        Some(Self(format!("/{}", parts.join("/"))))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the other directory or lies below it.
    pub fn is_below(&self, other: &Self) -> bool {
        let rest = self.0.strip_prefix(other.0.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl<'de> Deserialize<'de> for AbsolutePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = String::deserialize(deserializer)?;
        Self::new(&path).ok_or_else(|| serde::de::Error::custom(format!("`{path}` does not start with `/`")))
    }
}

/// Ports from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct PortRange {
    /// The first port.
    pub from: u16,
    /// The last port.
    pub to: u16,
}

impl PortRange {
    /// Whether a port is one of these.
    pub fn contains(self, port: i64) -> bool {
        (self.from.into()..=self.to.into()).contains(&port)
    }
}

/// A range of addresses, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String", inline)]
pub struct IpRange(Cidr);

impl IpRange {
    /// Whether every address of a range is in this one.
    pub fn contains(self, other: Cidr) -> bool {
        self.0.contains(other)
    }
}

impl<'de> Deserialize<'de> for IpRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let range = Cidr::parse_or_address(&text).map(Self);
        range.ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no address and no range of them")))
    }
}

impl Serialize for IpRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_compared_by_their_parts() {
        for (path, other, expected) in [
            ("/var/log", "/var/log", true),
            ("/var/log/", "/var/log", true),
            ("/var//log/./pods", "/var/log/", true),
            ("/var/logs", "/var/log", false),
            ("/var/log/../lib", "/var/log", false),
            ("/../etc", "/etc", true),
            ("/etc", "/", true),
            ("/", "/etc", false),
            ("/var/run/docker.sock", "/run", true),
            ("/var/./run/../run", "/run", true),
            ("/var/running", "/run", false),
            (r"C:\Var\Lib\kubelet", "/var/lib", true),
            ("c:/var/lib", "/var/lib", true),
            (r"\\.\pipe\docker_engine", "/pipe", true),
            ("C:", "/", true),
        ] {
            let path = AbsolutePath::new(path).unwrap();
            assert_eq!(path.is_below(&AbsolutePath::new(other).unwrap()), expected, "{path:?} below {other}");
        }
        for relative in ["var", "", "C", "é:/", "cd:/"] {
            assert_eq!(AbsolutePath::new(relative), None, "{relative}");
        }
    }
}
