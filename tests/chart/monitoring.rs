//! Alerts and dashboard ask for what the program really exports.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use seawall::metrics::Metrics;
use serde_json::Value;

use crate::{Outcome, Stop, none_of, texts};

/// Labels that Prometheus adds, and that of the buckets.
const ADDED: [&str; 3] = ["job", "instance", "le"];

/// The words of the query language that the queries use: whatever is none of them has to be a metric.
const WORDS: &[&str] = &[
    "absent",
    "by",
    "changes",
    "count",
    "histogram_quantile",
    "increase",
    "label_values",
    "max",
    "min",
    "or",
    "rate",
    "sum",
    "time",
    "topk",
    "vector",
];

const ALERTS: &str = "charts/seawall/files/alerts.yaml";

/// Every alert, by its name.
fn rules() -> Result<BTreeMap<String, Value>, Stop> {
    let file = texts::yaml(ALERTS)?;
    let groups = file["groups"].as_array().cloned().unwrap_or_default();
    let rules = groups.iter().flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default());
    let named: BTreeMap<_, _> =
        rules.map(|rule| (rule["alert"].as_str().unwrap_or_default().to_owned(), rule)).collect();
    if named.is_empty() { Err(Stop::Failed(format!("{ALERTS}: no rules"))) } else { Ok(named) }
}

pub(crate) fn alerts() -> Outcome {
    let mut faults = Vec::new();
    for (name, rule) in rules()? {
        let labels = check(&name, rule["expr"].as_str().unwrap_or_default(), &mut faults);
        let texts = rule["annotations"].as_object().into_iter().flatten().filter_map(|(_, it)| it.as_str());
        for label in texts.flat_map(|it| captures(r"\$labels\.(\w+)", it)).filter(|it| !labels.contains(it)) {
            faults.push(format!(
                "{name}: its texts name the label {label}, which its expression does not keep"
            ));
        }
    }
    none_of(&faults)
}

pub(crate) fn runbooks() -> Outcome {
    let page = texts::read("docs/operations.md")?;
    let headings: BTreeSet<_> = captures(r"(?m)^#+ (\w+)$", &page).into_iter().collect();
    let rules = rules()?;
    let mut faults: Vec<_> = headings
        .iter()
        .filter(|it| it.starts_with("Seawall") && it.len() > "Seawall".len() && !rules.contains_key(*it))
        .map(|it| format!("docs/operations.md has a section for {it}, which is no alert"))
        .collect();
    for (name, rule) in rules {
        let annotations = &rule["annotations"];
        let wanted = format!("docs/operations.md#{}", name.to_lowercase());
        if annotations["runbook_url"] != wanted.as_str() || !headings.contains(&name) {
            faults.push(format!("{name}: no section {wanted}"));
        }
        for text in ["summary", "description"] {
            if annotations[text].as_str().unwrap_or_default().is_empty() {
                faults.push(format!("{name}: no {text}"));
            }
        }
    }
    none_of(&faults)
}

pub(crate) fn dashboard() -> Outcome {
    let file = "charts/seawall/dashboards/seawall.json";
    let dashboard: Value =
        serde_json::from_str(&texts::read(file)?).map_err(|error| format!("{file}: {error}"))?;
    let mut faults = Vec::new();
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().into_iter().flatten() {
        let title = panel["title"].as_str().unwrap_or_default();
        if panel["description"].as_str().unwrap_or_default().is_empty() {
            faults.push(format!("{title}: no description"));
        }
        for target in panel["targets"].as_array().into_iter().flatten() {
            let kept = check(title, target["expr"].as_str().unwrap_or_default(), &mut faults);
            let named = captures(r"\{\{(\w+)\}\}", target["legendFormat"].as_str().unwrap_or_default());
            let lost = named.into_iter().filter(|label| !kept.contains(label));
            faults.extend(lost.map(|label| format!("{title}: its legend names {label}")));
            queries.push(title);
        }
    }
    for variable in dashboard["templating"]["list"].as_array().into_iter().flatten() {
        if let Some(query) = variable["query"]["query"].as_str() {
            check("variable", query, &mut faults);
        }
    }
    for annotation in dashboard["annotations"]["list"].as_array().into_iter().flatten() {
        check("annotation", annotation["expr"].as_str().unwrap_or_default(), &mut faults);
    }
    if queries.len() < 10 {
        faults.push(format!("{file}: only {} queries", queries.len()));
    }
    none_of(&faults)
}

/// Looks at each word of a query; the labels that its result may have.
fn check(place: &str, query: &str, faults: &mut Vec<String>) -> BTreeSet<String> {
    let metrics = exported();
    let kept: BTreeSet<String> = captures(r"\bby \(([\w, ]*)\)", query)
        .iter()
        .flat_map(|it| it.split(", ").map(str::to_owned))
        .collect();
    let used: BTreeSet<String> =
        captures(r"(\w+)\s*[=!]~?=?", query).into_iter().chain(kept.clone()).collect();
    // What stands in strings, in selectors, behind `by` and in durations is no metric.
    let bare = Regex::new(r#""[^"]*"|\{[^}]*\}|\bby \([^)]*\)|\[[^\]]*\]|\$\w+"#);
    let bare = bare.map_or_else(|_| query.to_owned(), |it| it.replace_all(query, " ").into_owned());
    let mut known = BTreeSet::from(ADDED.map(str::to_owned));
    let mut names = 0;
    for word in captures(r"\b([a-zA-Z_]\w*)", &bare).iter().filter(|it| !WORDS.contains(&it.as_str())) {
        match metrics.get(word) {
            Some(labels) => {
                known.extend(labels.iter().map(|it| (*it).to_owned()));
                names += 1;
            }
            // The label that `label_values` asks for.
            None if ADDED.contains(&word.as_str()) => {}
            None => faults.push(format!("{place}: there is no metric {word}: {query}")),
        }
    }
    if names == 0 {
        faults.push(format!("{place}: asks for nothing: {query}"));
    }
    let unknown = used.iter().filter(|label| !known.contains(*label));
    faults.extend(unknown.map(|label| format!("{place}: no metric has the label {label}: {query}")));
    if kept.is_empty() { known } else { kept }
}

/// The names of all series with their labels.
fn exported() -> BTreeMap<String, &'static [&'static str]> {
    let mut names = BTreeMap::new();
    for metric in Metrics::describe() {
        if metric.kind == "histogram" {
            let series = ["bucket", "sum", "count"].map(|it| format!("{}_{it}", metric.name));
            names.extend(series.map(|it| (it, metric.labels)));
        } else {
            names.insert(metric.name.to_owned(), metric.labels);
        }
    }
    names
}

fn captures(pattern: &str, text: &str) -> Vec<String> {
    let Ok(pattern) = Regex::new(pattern) else { return vec![format!("bad pattern {pattern}")] };
    pattern.captures_iter(text).map(|it| it[1].to_owned()).collect()
}
