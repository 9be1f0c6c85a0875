//! The words of the configuration that are read in a way of their own.

use std::borrow::Cow;
use std::fmt;

use globset::Glob;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::raw::Setting;
use crate::catalogue;
use crate::modes::Mode;
use crate::policy::Theme;
use crate::registration;

/// Longest pattern that is read, in bytes: it bounds what compiling one can cost.
const MAX_GLOB: usize = 512;

/// A mode, as people type it in YAML: a bare `off` is the boolean `false` to readers of YAML 1.1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Switch(pub(super) Mode);

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(false) => Ok(Self(Mode::Off)),
            Value::String(text) => text.parse().map(Self).map_err(D::Error::custom),
            _ => Err(D::Error::custom("a mode is one of off, audit, warn, deny")),
        }
    }
}

impl Serialize for Switch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for Switch {
    fn schema_name() -> Cow<'static, str> {
        "Mode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut words: Vec<Value> = Mode::ALL.map(|mode| mode.as_str().into()).to_vec();
        words.push(false.into());
        json_schema!({
            "description": "What happens when a policy finds something: `off`, it is not run; `audit`, it is \
                recorded and counted; `warn`, the writer sees a warning; `deny`, the request is refused. A bare \
                `off` is `false` in YAML 1.1 and means the same.",
            "enum": words,
        })
    }
}

/// A pattern for names.
#[derive(Clone, Debug)]
pub(super) struct GlobText(pub(super) Glob);

impl GlobText {
    /// Reads a pattern; the error is one line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_GLOB {
            return Err(format!("longer than {MAX_GLOB} bytes"));
        }
        Glob::new(text).map(Self).map_err(|error| error.kind().to_string())
    }
}

impl<'de> Deserialize<'de> for GlobText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for GlobText {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A pattern for names, such as `shop-*`.",
            "type": "string", "format": "glob", "minLength": 1, "maxLength": MAX_GLOB,
        })
    }
}

/// A date or an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(pub(super) Timestamp);

impl Moment {
    /// Reads a date, which stands for its beginning in UTC, or an instant of RFC 3339.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // Dates come without anything else: jiff would also read `2026-12-01T10:00` as one.
        if let Some(date) = text.parse::<Date>().ok().filter(|_| text.len() == "2026-12-01".len()) {
            return date.to_zoned(TimeZone::UTC).ok().map(|start| Self(start.timestamp()));
        }
        text.parse().ok().map(Self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("neither a date nor an instant"))
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A date such as `2026-12-01`, which means its beginning in UTC, or an instant such as \
                `2026-12-01T09:00:00+01:00`.",
            "type": "string", "format": "date-or-instant", "examples": ["2026-12-01", "2026-12-01T09:00:00+01:00"],
        })
    }
}

/// The name of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub(super) struct NamespaceName(pub(super) String);

impl JsonSchema for NamespaceName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NamespaceName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "maxLength": 63 })
    }
}

/// How long a webhook may take, within the limits of the API.
#[derive(Clone, Copy, Debug, Serialize, serde::Deserialize)]
pub(super) struct Seconds(pub(super) u8);

impl Default for Seconds {
    fn default() -> Self {
        Self(registration::Settings::default().timeout_seconds)
    }
}

impl JsonSchema for Seconds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 30 })
    }
}

/// Selects policies: all words that do are in the schema, so that editors complete them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(super) struct Selector(pub(super) String);

impl Selector {
    /// All words that select policies: `all`, prefixes of themes that have policies, codes, names.
    pub(super) fn words() -> Vec<&'static str> {
        let themes = Theme::ALL.iter().copied();
        let themes = themes.filter(|theme| catalogue::all().any(|entry| entry.meta.theme == *theme));
        let policies = catalogue::all().flat_map(|entry| [entry.meta.code, entry.meta.name]);
        std::iter::once("all").chain(themes.map(Theme::prefix)).chain(policies).collect()
    }
}

impl JsonSchema for Selector {
    fn schema_name() -> Cow<'static, str> {
        "Policy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Policies: a code such as `IMG01`, a name such as `latest-image-tag`, the prefix of a \
                theme such as `SEC`, or `all`.",
            "enum": Self::words(),
        })
    }
}

/// What `policies` says, in the order in which it stands there.
#[derive(Debug, Default)]
pub(super) struct Settings(pub(super) Vec<(String, Setting)>);

/// A setting as people write it.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Written {
    Mode(Switch),
    Setting(Setting),
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SettingsVisitor)
    }
}

struct SettingsVisitor;

impl<'de> Visitor<'de> for SettingsVisitor {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings of policies")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Settings, A::Error> {
        let mut settings = Vec::new();
        while let Some((selector, written)) = entries.next_entry()? {
            let setting = match written {
                Written::Mode(mode) => Setting { mode: Some(mode), params: None },
                Written::Setting(setting) => setting,
            };
            settings.push((selector, setting));
        }
        Ok(Settings(settings))
    }
}

impl JsonSchema for Settings {
    fn schema_name() -> Cow<'static, str> {
        "Settings".into()
    }

    /// The parameters of each policy are put in by the schema as a whole.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mode = generator.subschema_for::<Switch>();
        let setting = generator.subschema_for::<Setting>();
        let either = json!({ "anyOf": [mode, setting] });
        let properties: serde_json::Map<_, _> =
            Selector::words().into_iter().map(|word| (word.to_owned(), either.clone())).collect();
        json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
    }
}
