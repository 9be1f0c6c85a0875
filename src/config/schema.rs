//! The published JSON Schema, and what checks a document against it.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::raw::{Configuration, Exceptions};
use super::validate::Checker;
use super::words::{GlobText, Moment};
use crate::catalogue;
use crate::policy::Entry;

/// The name that stands for a definition of a schema, in front of its key.
const DEFINITIONS: &str = "#/$defs/";

/// JSON Schema (2020-12) of the configuration, with the parameters of every policy.
pub fn schema() -> Value {
    let mut schema = of::<Configuration>("configuration");
    add_params(&mut schema);
    schema
}

/// JSON Schema (2020-12) of a file of exceptions.
pub fn exceptions_schema() -> Value {
    of::<Exceptions>("exceptions")
}

pub(super) static CONFIGURATION: LazyLock<Checker> = LazyLock::new(|| checker(schema()));
pub(super) static EXCEPTIONS: LazyLock<Checker> = LazyLock::new(|| checker(exceptions_schema()));

/// What checks the parameters of a policy on their own.
pub(super) fn params_checker(entry: &Entry) -> Checker {
    checker(entry.params_schema().to_value())
}

#[expect(
    clippy::expect_used,
    reason = "schemas are made from types, not from input; a test compiles them all"
)]
fn checker(schema: Value) -> Checker {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .with_format("glob", |text: &str| GlobText::parse(text).is_ok())
        .with_format("date-or-instant", |text: &str| Moment::parse(text).is_some())
        .build(&schema)
        .expect("a schema made from a type is valid");
    Checker { schema, validator }
}

fn of<T: JsonSchema>(name: &str) -> Value {
    let generator: SchemaGenerator = SchemaSettings::draft2020_12().into();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    without_null(&mut schema);
    if let Value::Object(schema) = &mut schema {
        schema.insert("title".to_owned(), format!("Seawall {name}").into());
        schema.insert("$id".to_owned(), format!("https://seawall.dev/schemas/v1/{name}.json").into());
    }
    schema
}

/// Takes `null` out of what may stand in a field: it is taken out of documents before they are checked.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(without_null),
        Value::Object(parts) => {
            if let Some(Value::Array(types)) = parts.get_mut("type") {
                types.retain(|it| it != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    parts.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(options)) = parts.get_mut("anyOf") {
                options.retain(|it| *it != json!({ "type": "null" }));
                if let [Value::Object(only)] = options.as_slice() {
                    let only = only.clone();
                    parts.remove("anyOf");
                    parts.extend(only);
                }
            }
            parts.retain(|key, value| key != "default" || !value.is_null());
            parts.values_mut().for_each(without_null);
        }
        _ => {}
    }
}

/// Gives each policy its own parameters under `policies`.
fn add_params(schema: &mut Value) {
    let mut definitions = Map::new();
    for entry in catalogue::all() {
        let params = embedded(entry, &mut definitions);
        for word in [entry.meta.code, entry.meta.name] {
            let setting = json!({
                "title": format!("{} {}", entry.meta.code, entry.meta.name),
                "description": entry.meta.docs().summary,
                "anyOf": [
                    { "$ref": format!("{DEFINITIONS}Mode") },
                    {
                        "type": "object",
                        "properties": { "mode": { "$ref": format!("{DEFINITIONS}Mode") }, "params": params },
                        "minProperties": 1,
                        "additionalProperties": false,
                    },
                ],
            });
            schema["$defs"]["Settings"]["properties"][word] = setting;
        }
    }
    if let Some(all) = schema["$defs"].as_object_mut() {
        all.extend(definitions);
    }
}

/// A reference to the schema of a policy's parameters, whose definitions get names of their own.
fn embedded(entry: &Entry, definitions: &mut Map<String, Value>) -> Value {
    let name = entry.meta.name;
    let mut params = entry.params_schema().to_value();
    rename_references(&mut params, name);
    if let Value::Object(params) = &mut params {
        params.remove("$schema");
        params.remove("title");
        if let Some(Value::Object(own)) = params.remove("$defs") {
            definitions.extend(own.into_iter().map(|(key, value)| (format!("{name}.{key}"), value)));
        }
    }
    definitions.insert(format!("{name}.params"), params);
    json!({ "$ref": format!("{DEFINITIONS}{name}.params") })
}

fn rename_references(schema: &mut Value, prefix: &str) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(|part| rename_references(part, prefix)),
        Value::Object(parts) => {
            for (key, value) in parts.iter_mut() {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if let Some(definition) = target.strip_prefix(DEFINITIONS) {
                            *target = format!("{DEFINITIONS}{prefix}.{definition}");
                        }
                    }
                    other => rename_references(other, prefix),
                }
            }
        }
        _ => {}
    }
}
