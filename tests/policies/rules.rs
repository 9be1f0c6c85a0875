//! What every policy keeps to, besides its cases.

use std::fs;

use libtest_mimic::Trial;
use seawall::catalogue;
use seawall::policy::{Entry, Meta, Needs};
use serde_json::{Value, json};

use crate::repository::root;
use crate::{case, ensure, trial};

/// The trials that one policy has in common with all others.
pub(crate) fn trials(entry: &'static Entry) -> Vec<Trial> {
    let name = entry.meta.name;
    vec![
        trial(format!("{name}: code and name are its own"), move || unique(entry.meta)),
        trial(format!("{name}: stands where its name says"), move || placed(entry.meta)),
        trial(format!("{name}: page is complete"), move || page_is_complete(entry)),
        trial(format!("{name}: parameters are documented and checked"), move || params(entry)),
        trial(format!("{name}: has cases for both answers"), move || {
            let cases = case::read(name)?;
            ensure(cases.iter().any(|case| case.deny.is_some()), || "no case with `deny`".to_owned())?;
            ensure(cases.iter().any(|case| case.allow.is_some()), || "no case with `allow`".to_owned())
        }),
    ]
}

fn unique(meta: &Meta) -> Result<(), String> {
    let (code, name) = (meta.code, meta.name);
    let same = catalogue::all().map(|entry| entry.meta).filter(|it| it.code == code || it.name == name);
    let files: Vec<_> = same.map(|it| it.file).collect();
    ensure(files.len() == 1, || format!("{code} {name} is taken: {files:?}"))
}

fn placed(meta: &Meta) -> Result<(), String> {
    let file = format!("src/catalogue/{}/{}.rs", meta.theme.folder(), meta.name.replace('-', "_"));
    ensure(meta.file == file, || {
        format!("{} {} belongs in {file}, not in {}", meta.code, meta.name, meta.file)
    })?;
    let text = fs::read_to_string(root().join(&file)).map_err(|error| format!("{file}: {error}"))?;
    let heading = format!("//! `{} {}`: ", meta.code, meta.name);
    ensure(text.starts_with(&heading), || format!("{file} does not start with {heading}"))?;
    // A page that needs more is two policies, or has a helper that belongs into `object`.
    let lines = text.lines().count();
    ensure(lines <= 200, || format!("{file} has {lines} lines"))
}

fn page_is_complete(entry: &Entry) -> Result<(), String> {
    let docs = entry.meta.docs();
    ensure(docs.unknown_sections.is_empty(), || format!("unknown sections: {:?}", docs.unknown_sections))?;
    ensure(docs.summary.ends_with('.'), || format!("the first line is no whole sentence: {}", docs.summary))?;
    ensure(!docs.why.is_empty(), || "no `## Why`".to_owned())?;
    ensure(!docs.fix_line().is_empty(), || "no `## Fix`".to_owned())?;
    ensure(!docs.denied.is_empty(), || "no example under `## Denied`".to_owned())?;
    ensure(!docs.allowed.is_empty(), || "no example under `## Allowed`".to_owned())?;
    ensure(!entry.meta.kinds.is_empty(), || "looks at no kind".to_owned())?;
    let is_told = entry.meta.needs != Needs::Facts || !entry.meta.reads.is_empty();
    ensure(is_told, || "`needs: Facts` without `reads`".to_owned())
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
        // What stands for patterns that do not compile.
        ensure(*default != json!([r"[^\s\S]"]), || format!("the default of `{key}` does not compile"))?;
        compiles(json!({ key: default })).map_err(|error| format!("default of `{key}`: {error}"))?;
    }
    Ok(())
}
