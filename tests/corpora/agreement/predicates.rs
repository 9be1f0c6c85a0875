//! What a case can be told by: entries of its objects, however deep.

use serde_json::Value;

use super::Case;

const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Whether a key has a value anywhere.
pub(super) fn has(case: &Case, key: &str, value: &Value) -> bool {
    any(case, &|found, it| found == key && it == value)
}

pub(super) fn has_key(case: &Case, key: &str) -> bool {
    any(case, &|found, value| found == key && !value.is_null())
}

/// Whether some entry of an object, however deep, is such a key with such a value.
pub(super) fn any(case: &Case, is_it: &dyn Fn(&str, &Value) -> bool) -> bool {
    fn within(value: &Value, is_it: &dyn Fn(&str, &Value) -> bool) -> bool {
        match value {
            Value::Object(map) => map.iter().any(|(key, value)| is_it(key, value) || within(value, is_it)),
            Value::Array(list) => list.iter().any(|value| within(value, is_it)),
            _ => false,
        }
    }
    case.objects.iter().any(|object| within(object, is_it))
}

/// Whether one of these containers lacks a field of its security context.
pub(super) fn lacks(containers: &Value, field: &str) -> bool {
    let containers = containers.as_array();
    containers.into_iter().flatten().any(|container| container["securityContext"][field].is_null())
}

/// Whether one of the containers keeps capabilities, or spells `ALL` in another way.
pub(super) fn lacks_drop_all(case: &Case) -> bool {
    any(case, &|key, value| {
        let containers = value.as_array().filter(|_| CONTAINERS.contains(&key));
        let mut contexts = containers.into_iter().flatten().map(|container| &container["securityContext"]);
        contexts.any(|context| !contains(&context["capabilities"]["drop"], "ALL"))
    })
}

pub(super) fn contains(list: &Value, text: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|it| it == text))
}

/// Whether a text is one of these, of which those that end with `*` stand for all that begin so.
pub(super) fn matches_one(patterns: &Value, text: &str) -> bool {
    let mut patterns = patterns.as_array().into_iter().flatten().filter_map(Value::as_str);
    patterns.any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => text == pattern,
    })
}

/// Whether one of these containers is what Istio or Linkerd put into a Pod.
pub(super) fn is_of_mesh(containers: &Value) -> bool {
    let mut images = containers.as_array().into_iter().flatten().filter_map(|it| it["image"].as_str());
    images.any(|image| image.contains("/istio/proxyv2:") || image.contains("/linkerd/proxy-init:"))
}

/// Whether an id, or one of a list of ids, is above the highest of all ranges.
pub(super) fn is_above(case: &Case, field: &str, ranges: &Value) -> bool {
    let highest = ranges.as_array().into_iter().flatten().filter_map(|range| range["max"].as_i64()).max();
    any(case, &|key, value| key == field && ids(value).any(|id| Some(id) > highest))
}

pub(super) fn lowest(list: &Value) -> Option<i64> {
    ids(list).min()
}

/// An id, or those of a list.
fn ids(value: &Value) -> impl Iterator<Item = i64> {
    value.as_i64().into_iter().chain(value.as_array().into_iter().flatten().filter_map(Value::as_i64))
}
