//! `docs/field-reports.md`: which policy speaks of what field reports say burnt.
//!
//! `reports.yaml` and `pointless.yaml` say what there is; `UPDATE=1 cargo test --test policies -- field` writes the page.

use std::fmt::Write as _;

use libtest_mimic::Trial;
use seawall::catalogue;
use seawall::modes::Profile;
use seawall::policy::Meta;
use seawall::tree::{json, yaml};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{ensure, golden, trial};

const PAGE: &str = "docs/field-reports.md";

const HEAD: &str = "\
# What burnt, and who speaks of it

Five reports of teams that ran Kubernetes in production are the reason for this catalogue. Here is each of their points, \
by its lines, with the policies that catch it and the modes that these have in `baseline`, `production` and `strict`. \
Some points need other objects of the cluster to be decided; some cannot be decided by an admission controller at all.

`UPDATE=1 cargo test --test policies -- field` writes this page, and fails if something would decide a point that has no \
policy.
";

const POINTLESS: &str = "
## What no policy is made of

| code | what | why not |
|---|---|---|
";

/// A report of somebody whose production burnt.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    /// How its points are referred to.
    #[serde(rename = "report")]
    name: String,
    title: String,
    lines: Vec<Line>,
}

/// One of its points.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Lines of the report.
    at: String,
    /// The point in a few words.
    says: String,
    /// What decides it.
    by: By,
    /// The policies that speak of it, by code.
    #[serde(default)]
    policies: Vec<String>,
    /// Why nothing decides it.
    reason: Option<String>,
}

/// What decides whether something is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    /// The object.
    Object,
    /// Who writes it, and how.
    Request,
    /// Other objects.
    Facts,
    /// Nothing that an admission controller sees.
    Nothing,
}

/// A row that no policy is made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pointless {
    code: String,
    says: String,
    reason: String,
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("field reports: every point that can be decided has a policy", || {
            reports()?.iter().flat_map(|report| &report.lines).try_for_each(Line::is_answered)
        }),
        trial("field reports: what has no policy has none", || {
            let has = |row: &Pointless| catalogue::find(&row.code).is_some();
            let wrong = pointless()?.into_iter().find(has).map(|row| row.code);
            ensure(wrong.is_none(), || format!("pointless.yaml: {wrong:?} is a policy"))
        }),
        trial("field reports: page is fresh", || golden::check(PAGE, &page()?)),
    ]
}

impl Line {
    fn is_answered(&self) -> Result<(), String> {
        let Self { at, says, by, policies, reason } = self;
        policies.iter().try_for_each(|code| policy(code).map(drop))?;
        let is_decidable = *by != By::Nothing;
        ensure(!is_decidable || !policies.is_empty(), || format!("lines {at}: no policy for `{says}`"))?;
        ensure((*by == By::Nothing) == reason.is_some(), || format!("lines {at}: a reason is for `nothing`"))
    }
}

fn page() -> Result<String, String> {
    let mut page = HEAD.to_owned();
    for Report { name, title, lines } in reports()? {
        let _ = write!(
            page,
            "\n## {name}: {title}\n\n| lines | what burnt | decided by | policies |\n|---|---|---|---|\n"
        );
        for Line { at, says, by, policies, reason } in lines {
            let by = match by {
                By::Object => "the object",
                By::Request => "the request",
                By::Facts => "other objects",
                By::Nothing => "nothing",
            };
            let shown = policies.iter().map(|code| policy(code).map(shown)).collect::<Result<Vec<_>, _>>()?;
            let answer = reason.unwrap_or_else(|| shown.join("<br>"));
            let _ = writeln!(page, "| {at} | {says} | {by} | {answer} |");
        }
    }
    page.push_str(POINTLESS);
    for Pointless { code, says, reason } in pointless()? {
        let _ = writeln!(page, "| {code} | {says} | {reason} |");
    }
    Ok(page)
}

fn shown(meta: &Meta) -> String {
    let modes = Profile::ALL.map(|profile| profile.mode(meta).as_str()).join("/");
    format!("[{} {}](policies/{}.md) {modes}", meta.code, meta.name, meta.name)
}

fn policy(code: &str) -> Result<&'static Meta, String> {
    catalogue::find(code).map(|entry| entry.meta).ok_or_else(|| format!("reports.yaml: no policy `{code}`"))
}

fn reports() -> Result<Vec<Report>, String> {
    read("reports.yaml", include_str!("reports.yaml"))
}

fn pointless() -> Result<Vec<Pointless>, String> {
    read("pointless.yaml", include_str!("pointless.yaml"))
}

fn read<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    let document = yaml::read(text).next().ok_or("the file is empty")?;
    let document = document.map_err(|error| format!("{name}:{}: {error}", error.position()))?;
    let root = document.tree.root().ok_or("the file is empty")?;
    serde_json::from_value(json::to_value(root)).map_err(|error| format!("{name}: {error}"))
}
