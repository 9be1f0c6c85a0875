//! What every policy keeps to, besides its cases.

use libtest_mimic::Trial;
use seawall::policy::{Entry, Needs};
use serde_json::{Value, json};

use crate::{case, ensure, trial};

/// The trials that one policy has in common with all others.
pub(crate) fn trials(entry: &'static Entry) -> Vec<Trial> {
    let name = entry.meta.name;
    vec![
        trial(format!("{name}: page is complete"), move || page_is_complete(entry)),
        trial(format!("{name}: parameters are documented and checked"), move || params(entry)),
        trial(format!("{name}: has cases for both answers"), move || {
            let cases = case::read(name)?;
            ensure(cases.iter().any(|case| case.deny.is_some()), || "no case with `deny`".to_owned())?;
            ensure(cases.iter().any(|case| case.allow.is_some()), || "no case with `allow`".to_owned())
        }),
    ]
}

fn page_is_complete(entry: &Entry) -> Result<(), String> {
    let docs = entry.meta.docs();
    ensure(docs.unknown_sections.is_empty(), || format!("unknown sections: {:?}", docs.unknown_sections))?;
    ensure(docs.summary.ends_with('.'), || format!("the summary is no sentence: {}", docs.summary))?;
    ensure(!docs.why.is_empty(), || "no `## Why`".to_owned())?;
    ensure(!docs.fix_line().is_empty(), || "no `## Fix`".to_owned())?;
    ensure(!docs.denied.is_empty(), || "no example under `## Denied`".to_owned())?;
    ensure(!docs.allowed.is_empty(), || "no example under `## Allowed`".to_owned())?;
    ensure(!entry.meta.kinds.is_empty(), || "looks at no kind".to_owned())?;
    let is_told = (entry.meta.needs == Needs::Facts) != entry.meta.reads.is_empty();
    ensure(is_told, || "`needs: Facts` and `reads` belong together".to_owned())
}

fn params(entry: &Entry) -> Result<(), String> {
    let compiles = |params: Value| entry.compile(&params).map(drop).map_err(|error| error.to_string());
    compiles(json!({}))?;
    ensure(compiles(json!({ "noSuchParameter": 1 })).is_err(), || "an unknown key passes".to_owned())?;
    let schema = entry.params_schema();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Ok(()) };
    for (key, property) in properties {
        ensure(property["description"].is_string(), || format!("`{key}` is not documented"))?;
        let default = property.get("default").ok_or_else(|| format!("`{key}` has no default"))?;
        // Patterns that do not compile would read as none.
        let is_pattern = property["items"]["format"] == "regex";
        ensure(*default != json!([]) || !is_pattern, || format!("the default of `{key}` is empty"))?;
        compiles(json!({ key: default })).map_err(|error| format!("default of `{key}`: {error}"))?;
    }
    Ok(())
}
