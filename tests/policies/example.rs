//! The examples on the pages: what stands under `## Denied` is found wrong, what stands under `## Allowed` is not. A
//! first line such as `# params: { maxKib: 1 }` sets parameters.

use libtest_mimic::Trial;
use seawall::policy::Entry;
use seawall::tree::{json, yaml};
use serde_json::{Value, json};

use crate::judge::{self, Known, Said};
use crate::{ensure, trial};

/// The trials of a policy's examples.
pub(crate) fn trials(entry: &'static Entry) -> Vec<Trial> {
    let docs = entry.meta.docs();
    let denied = docs.denied.into_iter().map(|block| (block, true));
    let allowed = docs.allowed.into_iter().map(|block| (block, false));
    denied
        .chain(allowed)
        .enumerate()
        .map(|(index, (block, is_denied))| {
            let word = if is_denied { "denied" } else { "allowed" };
            let name = format!("{}: {word} example {}", entry.meta.name, index + 1);
            trial(name, move || run(entry, &block, is_denied))
        })
        .collect()
}

fn run(entry: &'static Entry, block: &str, is_denied: bool) -> Result<(), String> {
    let params = match block.lines().next().and_then(|line| line.strip_prefix("# params: ")) {
        Some(params) => documents(params)?.into_iter().next().ok_or("no parameters")?,
        None => json!({}),
    };
    let documents = documents(block)?;
    let (first, others) = documents.split_first().ok_or("the example is empty")?;
    let said = if first.get("operation").is_some() {
        vec![judge::request(entry, &params, first, others)?]
    } else if first.get("apiVersion").is_some() {
        let judged = (0..documents.len()).map(|index| {
            let mut documents = documents.clone();
            documents.swap(0, index);
            judge::objects(entry, &params, &documents, Known::All)
        });
        judged.collect::<Result<_, _>>()?
    } else {
        let judged = [judge::pod(first), judge::deployment(first)];
        let judged = judged.map(|object| judge::objects(entry, &params, &[object], Known::All));
        judged.into_iter().collect::<Result<_, _>>()?
    };
    let found = |said: &Said| matches!(said, Said::Found(found) if !found.is_empty());
    let is_clean = |said: &Said| matches!(said, Said::Found(found) if found.is_empty());
    let holds = if is_denied { said.iter().any(found) } else { said.iter().all(is_clean) };
    ensure(holds, || format!("{said:#?}\nfor\n{block}"))
}

fn documents(block: &str) -> Result<Vec<Value>, String> {
    let documents = yaml::read(block).map(|document| document.map_err(|error| error.to_string()));
    documents.map(|document| Ok(json::to_value(document?.tree.root().ok_or("empty document")?))).collect()
}
