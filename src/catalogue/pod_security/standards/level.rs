//! A standard: a level at a version.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{ParseVersionError, Version};

/// How much a standard forbids. The third level of Kubernetes, `privileged`, forbids nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What is known to lead out of a container.
    Baseline,
    /// Also everything that a container can do without.
    #[default]
    Restricted,
}

/// A level at a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Standard {
    /// `baseline` or `restricted`.
    pub level: Level,
    /// `latest`, or a version of Kubernetes such as `v1.30`; one that is newer than known means the newest known.
    pub version: Version,
}

impl Standard {
    /// The name of the policy that demands a standard; it has the fields of this type as its parameters.
    pub const POLICY: &str = "violated-pod-security-standard";
}

/// What is no standard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseStandardError {
    /// The level is not known, or forbids nothing.
    #[error("`{0}` is no level: must be `baseline` or `restricted`")]
    Level(String),
    /// The version makes no sense.
    #[error(transparent)]
    Version(#[from] ParseVersionError),
}

impl FromStr for Standard {
    type Err = ParseStandardError;

    /// Reads `LEVEL` or `LEVEL:VERSION`.
    fn from_str(text: &str) -> Result<Self, ParseStandardError> {
        let (level, version) = text.split_once(':').unwrap_or((text, "latest"));
        let level = [Level::Baseline, Level::Restricted]
            .into_iter()
            .find(|it| it.as_str() == level)
            .ok_or_else(|| ParseStandardError::Level(level.to_owned()))?;
        Ok(Self { level, version: version.parse()? })
    }
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.level.as_str(), self.version)
    }
}

impl Level {
    /// The word that users write and read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

impl JsonSchema for Level {
    fn schema_name() -> Cow<'static, str> {
        "Level".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": [Level::Baseline.as_str(), Level::Restricted.as_str()] })
    }
}
