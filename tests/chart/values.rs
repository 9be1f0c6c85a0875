//! The values: what the schema documents, what the chart sets, and the combinations that are tried.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::texts::{self, root};
use crate::{Outcome, Stop, none_of};

/// A file of `tests/chart/values`.
pub(crate) struct Combination {
    /// The name of the file, without its ending.
    pub(crate) name: String,
    /// The file, from the root of the project.
    pub(crate) file: String,
    /// What the file says of itself, in its first line.
    pub(crate) about: String,
    /// Its values.
    pub(crate) values: Value,
}

/// A value that is documented.
pub(crate) struct Documented {
    /// Its path, such as `image.tag`.
    pub(crate) path: String,
    /// Its schema.
    pub(crate) schema: Value,
}

/// All combinations, by name.
///
/// # Panics
///
/// If a file cannot be read: there would be trials that nobody misses.
pub(crate) fn combinations() -> Vec<Combination> {
    let folder = "tests/chart/values";
    let entries = std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let read = |name: String| {
        let file = format!("{folder}/{name}");
        let text = texts::read(&file).ok()?;
        let about = text.lines().next()?.strip_prefix("# ")?.to_owned();
        let values = texts::documents(&file, &text).ok()?.pop()?;
        let name = name.strip_suffix(".yaml")?.to_owned();
        Some((name.clone(), Combination { name, file, about, values }))
    };
    let read_all = names
        .map(|name| read(name.clone()).unwrap_or_else(|| panic!("{folder}/{name}: not as it should be")));
    read_all.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// Every value of the schema, down to where it leaves the form to Kubernetes, to the configuration or to the user.
pub(crate) fn documented() -> Result<Vec<Documented>, Stop> {
    let schema = schema()?;
    let mut found = Vec::new();
    leaves("", &schema, &mut found);
    Ok(found)
}

fn leaves(path: &str, schema: &Value, found: &mut Vec<Documented>) {
    for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if schema["properties"].is_object() && path != "config" {
            leaves(&path, schema, found);
        } else {
            found.push(Documented { path, schema: schema.clone() });
        }
    }
}

/// The schema of the values.
pub(crate) fn schema() -> Result<Value, Stop> {
    let file = "charts/seawall/values.schema.json";
    serde_json::from_str(&texts::read(file)?).map_err(|error| Stop::Failed(format!("{file}: {error}")))
}

/// The value at a path.
pub(crate) fn at<'v>(values: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(values, |value, key| value.get(key))
}

/// Values that the chart has no use for, or that have no default.
const WITHOUT_DEFAULT: [&str; 4] = [
    "global",
    "certificates.certManager.issuerRef.name",
    "certificates.certManager.issuerRef.kind",
    "certificates.certManager.issuerRef.group",
];

pub(crate) fn are_those_of_the_schema() -> Outcome {
    let values = texts::yaml("charts/seawall/values.yaml")?;
    let documented = documented()?;
    let mut faults = Vec::new();
    for Documented { path, schema } in &documented {
        if !schema["description"].as_str().is_some_and(|it| it.ends_with('.')) {
            faults.push(format!("values.schema.json: {path} has no description that is a sentence"));
        }
        if at(&values, path).is_none() && !WITHOUT_DEFAULT.contains(&path.as_str()) {
            faults.push(format!("values.yaml: {path} is missing"));
        }
    }
    closed("", &schema()?, &mut faults);
    none_of(&faults)
}

/// Everything with named properties refuses other ones.
fn closed(path: &str, schema: &Value, faults: &mut Vec<String>) {
    let Some(properties) = schema["properties"].as_object().filter(|_| path != ".config") else { return };
    if schema["additionalProperties"] != false {
        faults.push(format!("values.schema.json: {path} takes anything"));
    }
    properties.iter().for_each(|(key, schema)| closed(&format!("{path}.{key}"), schema, faults));
}

pub(crate) fn are_all_in_a_combination() -> Outcome {
    let combinations = combinations();
    let unused = documented()?
        .into_iter()
        .filter(|it| !combinations.iter().any(|combination| at(&combination.values, &it.path).is_some()));
    let faults: Vec<_> = unused.map(|it| format!("no file of tests/chart/values sets {}", it.path)).collect();
    none_of(&faults)
}
