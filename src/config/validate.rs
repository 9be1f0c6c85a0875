//! What a schema refuses, in words that say what to write instead.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value;

use super::source::Steps;
use super::words::GlobText;
use crate::modes::unknown_policy;

/// Something that a schema refuses.
pub(super) struct Problem {
    /// Where it stands.
    pub(super) steps: Steps,
    /// Whether the key is wrong, not the value.
    pub(super) at_key: bool,
    /// What is wrong.
    pub(super) message: String,
}

/// Lists longer than this are not shown in messages.
const SHOWN_OPTIONS: usize = 8;

/// The beginning of a word is taken for it from this length on.
const SHORTENED: usize = 3;

/// A schema, and what checks values against it.
pub(super) struct Checker {
    pub(super) schema: Value,
    pub(super) validator: Validator,
}

impl Checker {
    /// Everything that the schema refuses in a value.
    pub(super) fn problems(&self, value: &Value) -> Vec<Problem> {
        let mut problems = Vec::new();
        for error in self.validator.iter_errors(value) {
            describe(&error, &self.schema, &mut problems);
        }
        problems
    }
}

fn describe(error: &ValidationError<'_>, schema: &Value, out: &mut Vec<Problem>) {
    let steps = steps_of(error);
    match error.kind() {
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            describe_alternatives(error, context, schema, out);
        }
        Kind::AdditionalProperties { unexpected } => {
            let known = known_fields(error, schema);
            for field in unexpected {
                let is_policy = steps == ["policies"];
                let message = if is_policy { unknown_policy(field) } else { unknown_field(field, &known) };
                let steps = steps.iter().chain([field]).cloned().collect();
                out.push(Problem { steps, at_key: true, message });
            }
        }
        kind => {
            let message = message(kind, error, &steps);
            out.push(Problem { steps, at_key: false, message });
        }
    }
}

/// What is wrong with a value, in words.
fn message(kind: &Kind, error: &ValidationError<'_>, steps: &[String]) -> String {
    let value = error.instance();
    match kind {
        Kind::Required { property } => format!("`{}` is missing", property.as_str().unwrap_or_default()),
        Kind::Enum { options } => none_of(value, options.as_array().map_or(&[], Vec::as_slice)),
        Kind::Constant { expected_value } => none_of(value, std::slice::from_ref(&**expected_value)),
        Kind::Type { kind } => wrong_type(kind, value),
        Kind::Format { format } => wrong_format(format, value),
        Kind::FalseSchema => "the policy has no parameters".to_owned(),
        Kind::Pattern { pattern } if pattern == r"\S" => "must not be empty".to_owned(),
        Kind::Pattern { pattern } => wrong_pattern(pattern, steps),
        Kind::MinItems { .. } => "must not be empty: name at least one, or leave the field out".to_owned(),
        Kind::MinProperties { .. } | Kind::MinLength { .. } => "must not be empty".to_owned(),
        Kind::MaxItems { limit } => format!("must not have more than {limit} entries"),
        Kind::MaxLength { limit } => format!("must not be longer than {limit} characters"),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::UniqueItems => "must not name the same twice".to_owned(),
        // What remains shows the limits of the schema, never the value.
        _ => error.masked().to_string(),
    }
}

/// What to write where a pattern wants something that people know by example.
fn wrong_pattern(pattern: &str, steps: &[String]) -> String {
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let example = match steps.as_slice() {
        [.., "kinds", _] => "a kind such as `Deployment` or `Deployment.apps`",
        ["workloads", _, "group"] => "the group of a custom resource, such as `argoproj.io`",
        ["workloads", _, "version"] => "a version such as `v1` or `v1alpha1`",
        ["workloads", _, "kind"] => "a kind such as `Rollout`",
        ["workloads", _, "plural"] => "the name of the kind in URLs, such as `rollouts`",
        ["workloads", _, "podTemplate"] => "keys with dots between them, such as `spec.template`",
        _ => return format!("must match `{pattern}`"),
    };
    format!("must be {example}")
}

/// A value that fits none of some alternatives: the one that was meant decides the words.
fn describe_alternatives(
    error: &ValidationError<'_>,
    alternatives: &[Vec<ValidationError<'static>>],
    schema: &Value,
    out: &mut Vec<Problem>,
) {
    let here = error.instance_path();
    let is_meant = |errors: &&Vec<ValidationError<'static>>| {
        let refuses_it_whole = |error: &ValidationError<'_>| {
            error.instance_path() == here
                && matches!(error.kind(), Kind::Type { .. } | Kind::Enum { .. } | Kind::Constant { .. })
        };
        !errors.iter().any(refuses_it_whole)
    };
    if let Some(meant) = alternatives.iter().find(is_meant) {
        for error in meant {
            describe(error, schema, out);
        }
        return;
    }
    let options: Vec<Value> = alternatives
        .iter()
        .flatten()
        .flat_map(|error| match error.kind() {
            Kind::Enum { options } => options.as_array().cloned().unwrap_or_default(),
            Kind::Constant { expected_value } => vec![(**expected_value).clone()],
            _ => Vec::new(),
        })
        .collect();
    let message =
        if options.is_empty() { "of the wrong type".to_owned() } else { none_of(error.instance(), &options) };
    out.push(Problem { steps: steps_of(error), at_key: false, message });
}

fn steps_of(error: &ValidationError<'_>) -> Steps {
    let unescaped = |step: &str| step.replace("~1", "/").replace("~0", "~");
    error.instance_path().as_str().split('/').skip(1).map(unescaped).collect()
}

/// The fields beside the `additionalProperties` that refused one.
fn known_fields(error: &ValidationError<'_>, schema: &Value) -> Vec<String> {
    let object = error.schema_path().as_str().rsplit_once('/').map_or("", |(object, _)| object);
    let properties = schema.pointer(object).and_then(|object| object.get("properties")?.as_object());
    properties.map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

fn none_of(value: &Value, options: &[Value]) -> String {
    // `false` stands for `off`, which is in the list itself.
    let words: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
    let text = value.as_str().unwrap_or_default();
    if words.contains(&"all") {
        return unknown_policy(text);
    }
    if words.len() > SHOWN_OPTIONS {
        return closest(text, &words).map_or_else(
            || "not one of the words that may stand here".to_owned(),
            |word| format!("not known; did you mean `{word}`?"),
        );
    }
    let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let expected =
        if words.len() == 1 { format!("must be {list}") } else { format!("must be one of {list}") };
    match closest(text, &words).filter(|_| words.len() > 1) {
        Some(word) => format!("{expected}; did you mean `{word}`?"),
        None => expected,
    }
}

fn unknown_field(field: &str, known: &[String]) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    match closest(field, &known) {
        Some(word) => format!("unknown field; did you mean `{word}`?"),
        None if known.is_empty() => "unknown field: nothing can be set here".to_owned(),
        None => format!("unknown field; known are `{}`", known.join("`, `")),
    }
}

/// The word that was probably meant: one that starts with the text, or that is not far from it.
pub(super) fn closest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    let text = text.to_lowercase();
    let distance = |word: &str| match word.to_lowercase() {
        word if text.len() >= SHORTENED && word.starts_with(&text) => 1,
        word => strsim::damerau_levenshtein(&text, &word),
    };
    let nearby = words.iter().map(|word| (distance(word), *word));
    nearby
        .filter(|(distance, word)| *distance <= word.chars().count().div_ceil(3))
        .min()
        .map(|(_, word)| word)
}

fn wrong_type(wanted: &TypeKind, found: &Value) -> String {
    let types: Vec<JsonType> = match wanted {
        TypeKind::Single(one) => vec![*one],
        TypeKind::Multiple(many) => many.iter().collect(),
    };
    let names = types.iter().map(|it| type_name(*it)).collect::<Vec<_>>().join(" or ");
    let quotes = types.contains(&JsonType::String) && (found.is_boolean() || found.is_number());
    let found = match found {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let hint = if quotes { ": put it in quotes" } else { "" };
    format!("must be {names}, not {found}{hint}")
}

fn type_name(name: JsonType) -> &'static str {
    match name {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "a list",
        JsonType::Object => "an object",
    }
}

fn wrong_format(format: &str, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match format {
        "glob" => {
            let why = GlobText::parse(text).err().unwrap_or_default();
            format!("not a pattern for names: {why}")
        }
        "date-or-instant" => {
            "must be a date such as `2026-12-01` or an instant such as `2026-12-01T09:00:00Z`".to_owned()
        }
        other => format!("must be of the format `{other}`"),
    }
}
