//! The part of the schema that is the schema of the configuration.

use serde_json::{Map, Value};

use crate::{Outcome, Stop, golden, values};

/// What the chart says itself, or has no place for.
const NOT_OF_THE_CHART: [&str; 4] = ["apiVersion", "kind", "maxMode", "exceptionFiles"];

/// Definitions of the chart's own start with this.
const OWN: &str = "chart.";

/// `helm` refuses what `seawall config check` would refuse by its schema, before anything is applied.
pub(crate) fn schema() -> Outcome {
    let mut schema = values::schema()?;
    let mut config = seawall::config::schema();
    let definitions = take(&mut config, "$defs")?;
    for key in ["$schema", "$id", "title", "required"] {
        take(&mut config, key)?;
    }
    for key in NOT_OF_THE_CHART {
        take(&mut config["properties"], key)?;
    }
    config["description"] = "The configuration, without `apiVersion`, `kind` and `maxMode`.".into();
    let Value::Object(own) = take(&mut schema, "$defs")? else { return Err(missing("$defs")) };
    let own = own.into_iter().filter(|(key, _)| key.starts_with(OWN));
    let Value::Object(definitions) = definitions else { return Err(missing("$defs")) };
    schema["properties"]["config"] = config;
    schema["$defs"] = Value::Object(own.chain(definitions).collect::<Map<_, _>>());
    let text = serde_json::to_string_pretty(&schema).map_err(|error| error.to_string())?;
    Ok(golden::check("charts/seawall/values.schema.json", &format!("{text}\n"))?)
}

fn take(value: &mut Value, key: &str) -> Result<Value, Stop> {
    value.as_object_mut().and_then(|it| it.shift_remove(key)).ok_or_else(|| missing(key))
}

fn missing(key: &str) -> Stop {
    Stop::Failed(format!("the schema of the configuration has no `{key}` any more"))
}
