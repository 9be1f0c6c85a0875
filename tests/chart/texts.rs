//! Files of the project as values, and what is the same in two of them.

use std::path::Path;

use seawall::tree::document::{self, Claim};
use seawall::tree::json::to_value;
use serde_json::Value;

use crate::{Outcome, Stop, none_of};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the project, as text.
pub(crate) fn read(file: &str) -> Result<String, Stop> {
    std::fs::read_to_string(root().join(file)).map_err(|error| Stop::Failed(format!("{file}: {error}")))
}

/// The documents of a text.
pub(crate) fn documents(name: &str, text: &str) -> Result<Vec<Value>, Stop> {
    document::read(text, Claim::Yaml)
        .map(|document| match document {
            Ok(document) => Ok(document.tree.root().map_or(Value::Null, to_value)),
            Err(error) => Err(Stop::Failed(format!("{name}:{}: {error}\n{text}", error.position()))),
        })
        .collect()
}

/// The only document of a file of the project.
pub(crate) fn yaml(file: &str) -> Result<Value, Stop> {
    Ok(documents(file, &read(file)?)?.pop().unwrap_or_default())
}

/// The chart is released with the program.
pub(crate) fn versions() -> Outcome {
    let chart = yaml("charts/seawall/Chart.yaml")?;
    let versions = [&chart["version"], &chart["appVersion"]];
    let faults = versions.into_iter().filter(|it| **it != env!("CARGO_PKG_VERSION"));
    none_of(
        &faults
            .map(|it| format!("Chart.yaml: {it}, Cargo.toml: {}", env!("CARGO_PKG_VERSION")))
            .collect::<Vec<_>>(),
    )
}

/// What infrastructure may have is the same in the example and in the chart: every rule that both could have.
pub(crate) fn infrastructure() -> Outcome {
    let example = yaml("examples/seawall.yaml")?;
    let chart = yaml("charts/seawall/values.yaml")?;
    let rules = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let audited = |rule: &Value| rule["mode"] == "audit";
    let of_example: Vec<_> = rules(&example["rules"]).into_iter().filter(audited).collect();
    let of_chart = rules(&chart["infrastructureRules"]);
    if of_example.is_empty() || of_example != of_chart {
        return Err(Stop::Failed(format!(
            "examples/seawall.yaml has {of_example:#?}\nvalues.yaml has {of_chart:#?}"
        )));
    }
    Ok(())
}
