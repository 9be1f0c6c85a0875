//! Types that parameters are made of. What they refuse is refused when the configuration is read.

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// The parameters of a policy that has none.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

/// A regular expression, compiled once and matched in linear time.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(with = "String")]
pub struct Pattern(Regex);

/// Compiled size beyond which an expression is refused, in bytes.
const PATTERN_SIZE: usize = 256 * 1024;

impl Pattern {
    /// Compiles an expression of the syntax of the `regex` crate.
    pub fn new(expression: &str) -> Result<Self, regex::Error> {
        RegexBuilder::new(expression).size_limit(PATTERN_SIZE).build().map(Self)
    }

    /// Whether the expression matches somewhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expression = String::deserialize(deserializer)?;
        Self::new(&expression).map_err(serde::de::Error::custom)
    }
}
