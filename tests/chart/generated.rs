//! What the chart has from the program: the schema of the configuration, and the webhooks that its own one needs.

use std::collections::{BTreeMap, BTreeSet};

use seawall::catalogue;
use seawall::config::{self, Overrides};
use seawall::modes::Mode;
use seawall::object::kinds::{self, Kind};
use seawall::registration::manifest::manifest;
use seawall::registration::{Endpoint, Service, plan};
use seawall::report::yaml;
use serde_json::{Map, Value, json};

use crate::{Outcome, Stop, golden, helm, rendered, values};

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

/// The webhooks of a static registration, for a release whose names are placeholders. They are the same whatever the
/// cap is, so that `maxMode` can be changed on its own.
pub(crate) fn webhooks() -> Outcome {
    let objects = helm::objects(&helm::template("seawall", &[])?)?;
    let configuration = rendered::configuration(&objects)?;
    let (namespace, name) = ("release-namespace".to_owned(), "release-fullname".to_owned());
    let endpoint = Endpoint::Service(Service { namespace: namespace.clone(), name: name.clone(), port: 443 });
    let planned = |max_mode| {
        let overrides = Overrides { max_mode: Some(max_mode), ..Overrides::default() };
        let loaded = config::parse(configuration, "seawall.yaml", &overrides, rendered::now()?);
        let config = loaded.map_err(|errors| errors.to_string())?.config;
        Ok::<_, String>(plan(&config.table, &config.registration, &endpoint, &namespace))
    };
    let webhooks = planned(Mode::Warn)?;
    if [planned(Mode::Audit)?, planned(Mode::Deny)?].iter().any(|it| *it != webhooks) {
        return Err(Stop::Failed("another `maxMode` needs other webhooks".to_owned()));
    }
    let object = manifest(&name, &webhooks).map_err(|error| error.to_string())?;
    Ok(golden::check("charts/seawall/files/webhooks.yaml", &yaml::render(&object))?)
}

/// Read access to every kind that some policy has to know of, and to no other. Whoever wants the names of Secrets known has
/// to say so: who lists them reads what is in them.
pub(crate) fn facts() -> Outcome {
    let read = catalogue::all().flat_map(|entry| entry.meta.reads).copied();
    let rules =
        granting(read.filter(|kind| ![&kinds::NAMESPACE, &kinds::SECRET].contains(kind)), &["list", "watch"]);
    Ok(golden::check("charts/seawall/files/facts.yaml", &yaml::render(&rules))?)
}

/// What an audit lists: every kind that some policy looks at. Whoever wants Secrets audited has to say so.
pub(crate) fn audit() -> Outcome {
    let judged = catalogue::all().flat_map(|entry| entry.meta.kinds).copied();
    let rules = granting(judged.filter(|kind| **kind != kinds::SECRET && !kind.plural.is_empty()), &["list"]);
    Ok(golden::check("charts/seawall/files/audit.yaml", &yaml::render(&rules))?)
}

/// Rules of a role that grant this on these kinds.
fn granting(kinds: impl Iterator<Item = &'static Kind>, verbs: &[&str]) -> Value {
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for kind in kinds {
        groups.entry(kind.group).or_default().insert(kind.plural);
    }
    let rules = groups.iter();
    let rules = rules.map(|(group, it)| json!({ "apiGroups": [group], "resources": it, "verbs": verbs }));
    rules.collect()
}

fn take(value: &mut Value, key: &str) -> Result<Value, Stop> {
    value.as_object_mut().and_then(|it| it.shift_remove(key)).ok_or_else(|| missing(key))
}

fn missing(key: &str) -> Stop {
    Stop::Failed(format!("the schema of the configuration has no `{key}` any more"))
}
