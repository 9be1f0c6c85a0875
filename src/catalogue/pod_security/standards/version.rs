//! Versions of the standards: those of Kubernetes.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A version of the standards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// The newest that is known.
    #[default]
    Latest,
    /// Kubernetes 1 with this minor version; one that is newer than known means the newest known.
    Minor(u32),
}

/// What is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no version: must be `latest` or like `v1.{}`{hint}", Version::NEWEST)]
pub struct ParseVersionError {
    text: String,
    hint: String,
}

impl Version {
    /// The newest minor version that is known.
    pub const NEWEST: u32 = 37;

    /// The minor version of which the rules are taken.
    pub fn minor(self) -> u32 {
        match self {
            Self::Latest => Self::NEWEST,
            Self::Minor(minor) => minor.min(Self::NEWEST),
        }
    }

    /// Whether it is this minor version of Kubernetes 1 or a later one.
    pub fn is_at_least(self, minor: u32) -> bool {
        self.minor() >= minor
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, ParseVersionError> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        text.strip_prefix("v1.").and_then(minor).map(Self::Minor).ok_or_else(|| {
            // Most often something around the number is missing or too much: `1.30`, `V1.30`, `v1.30.2`.
            let parts = text.trim_start_matches(['v', 'V']).strip_prefix("1.");
            let meant = parts.and_then(|parts| minor(parts.split('.').next()?));
            let hint = meant.map_or_else(String::new, |minor| format!("; did you mean `v1.{minor}`?"));
            ParseVersionError { text: text.to_owned(), hint }
        })
    }
}

/// A decimal number without leading zeros, however large: what does not fit is newer than anything known.
fn minor(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
    let is_plain = text == "0" || !text.starts_with('0');
    (is_number && is_plain).then(|| text.parse().unwrap_or(u32::MAX))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Minor(minor) => write!(f, "v1.{minor}"),
        }
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Version {
    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_labels_of_namespaces_are() {
        for (text, minor) in [
            ("latest", 37),
            ("v1.0", 0),
            ("v1.9", 9),
            ("v1.24", 24),
            ("v1.37", 37),
            ("v1.38", 37),
            ("v1.99999999999999999999", 37),
        ] {
            assert_eq!(text.parse::<Version>().map(Version::minor), Ok(minor), "{text}");
        }
        for (text, hint) in [
            ("1.30", "; did you mean `v1.30`?"),
            ("V1.30", "; did you mean `v1.30`?"),
            ("v1.30.2", "; did you mean `v1.30`?"),
            ("v1.030", ""),
            ("v1.", ""),
            ("v1.-1", ""),
            ("v1.+1", ""),
            ("v2.0", ""),
            ("Latest", ""),
            ("", ""),
        ] {
            let expected = format!("`{text}` is no version: must be `latest` or like `v1.37`{hint}");
            assert_eq!(text.parse::<Version>().unwrap_err().to_string(), expected);
        }
    }
}
