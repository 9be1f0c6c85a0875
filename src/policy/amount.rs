//! Amounts and ratios that parameters are made of. Both keep what was written: it is shown to users.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::object::quantity::Quantity;

/// A resource quantity, as in `resources` of a container: `100m`, `512Mi`, `2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    written: String,
    quantity: Quantity,
}

/// A positive number that something is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    written: f64,
    exact: Quantity,
}

impl Amount {
    /// Reads a quantity; `None` where the API server would refuse it.
    pub fn new(written: &str) -> Option<Self> {
        Some(Self { written: written.to_owned(), quantity: Quantity::parse(written)? })
    }

    /// What it is.
    pub fn quantity(&self) -> Quantity {
        self.quantity
    }
}

impl Factor {
    /// A factor above zero; `None` for any other number.
    pub fn new(written: f64) -> Option<Self> {
        let exact = Quantity::parse(&written.to_string()).filter(|exact| exact.is_positive())?;
        Some(Self { written, exact })
    }

    /// The factor of a default, in thousandths.
    pub(crate) fn of_default(thousandths: u32) -> Self {
        Self { written: f64::from(thousandths) / 1000.0, exact: Quantity::from_thousandths(thousandths) }
    }

    /// What it is, in billionths.
    pub fn exact(self) -> Quantity {
        self.exact
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

/// The forms in which YAML has a quantity.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Whole(i64),
    Fraction(f64),
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Whole(number) => number.to_string(),
            Written::Fraction(number) => number.to_string(),
        };
        Self::new(&written).ok_or_else(|| serde::de::Error::custom(format!("`{written}` is no quantity")))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number"] })
    }
}

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = f64::deserialize(deserializer)?;
        Self::new(written).ok_or_else(|| serde::de::Error::custom(format!("`{written}` is not above zero")))
    }
}

impl Serialize for Factor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

impl JsonSchema for Factor {
    fn schema_name() -> Cow<'static, str> {
        "Factor".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "exclusiveMinimum": 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn amounts_are_read_in_every_form_and_shown_as_written() {
        for (written, expected) in [
            (json!("512Mi"), Some(("512Mi", "536870912"))),
            (json!("1e3"), Some(("1e3", "1000"))),
            (json!(2), Some(("2", "2"))),
            (json!(0.5), Some(("0.5", "0.5"))),
            (json!("512MB"), None),
            (json!(true), None),
            (Value::Null, None),
        ] {
            let amount = serde_json::from_value::<Amount>(written.clone()).ok();
            let shown = amount.map(|it| (it.to_string(), it.quantity().to_string()));
            assert_eq!(shown, expected.map(|(a, b)| (a.to_owned(), b.to_owned())), "{written}");
        }
    }

    #[test]
    fn factors_are_exact_and_above_zero() {
        for (written, expected) in [
            (json!(2.5), Some("2.5")),
            (json!(1), Some("1")),
            (json!(0.1), Some("0.1")),
            (json!(0), None),
            (json!(-1), None),
            (json!("2"), None),
        ] {
            let factor = serde_json::from_value::<Factor>(written.clone()).ok();
            assert_eq!(factor.map(|it| it.exact().to_string()).as_deref(), expected, "{written}");
        }
        assert_eq!(Factor::new(f64::NAN), None);
        assert_eq!(Factor::new(f64::INFINITY), None);
    }
}
