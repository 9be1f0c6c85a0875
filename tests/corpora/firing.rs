//! `docs/firing-rates.md`: how often each policy speaks of the manifests of real projects. `UPDATE=1 cargo test --test
//! corpora -- firing` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use libtest_mimic::{Completion, Failed, Trial};
use seawall::catalogue;
use seawall::config::{self, Overrides};
use seawall::engine::Rules;
use seawall::manifests::{self, ManifestSet};
use seawall::modes::{Mode, Profile};
use seawall::object::kinds::{self, Kind};
use seawall::policy::{Meta, Needs, Theme};
use serde_json::Value;

use crate::golden;
use crate::support::{absent, rows};
use crate::webhook::now;

/// Whole workloads; the other file has parts of some too.
const WORKLOADS: &str = "realworld_workloads";
const OTHERS: &str = "realworld";

const PAGE: &str = "docs/firing-rates.md";

const HEAD: &str = "\
# Firing rates

How often each policy speaks of the manifests of real projects. Most of these are infrastructure: network and storage \
drivers, meshes, operators and monitoring, which rules for their namespaces are meant for.

*Objects* counts those that the policy looks at, *speaks* those in which it finds something when it is asked alone. \
*Refused for it alone* counts those that the profile `production` refuses for this policy and for no other. Policies \
that judge requests have nothing to say about files, and those that need other objects would miss them here: both are \
left out.

`UPDATE=1 cargo test --test corpora -- firing` writes this page where the manifests are.

";

/// The page is what the corpora make of it.
pub(crate) fn trial() -> Trial {
    Trial::ignorable_test("firing rates", || {
        let Some(workloads) = rows(WORKLOADS)? else { return Ok(absent(WORKLOADS)) };
        let Some(others) = rows(OTHERS)? else { return Ok(absent(OTHERS)) };
        let workloads = workloads.iter().filter_map(Manifest::of);
        let others = others.iter().filter_map(Manifest::of).filter(|it| !it.kind.carries_pod());
        golden::check(PAGE, &page(&workloads.chain(others).collect::<Vec<_>>())?).map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

/// An object that somebody wrote into a file.
struct Manifest {
    kind: &'static Kind,
    set: ManifestSet,
}

impl Manifest {
    /// The object of a row, if it is whole and of a known kind.
    fn of(row: &Value) -> Option<Self> {
        let object = &row["object"];
        let version = object["apiVersion"].as_str()?;
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let kind = kinds::find(group, object["kind"].as_str()?).filter(|_| row["partial"] != true)?;
        Some(Self { kind, set: ManifestSet::read(&["-".into()], &mut object.to_string().as_bytes()) })
    }

    /// The policies that speak of it in a mode, or in a stricter one.
    fn spoken_of(&self, rules: &Rules, mode: Mode) -> BTreeSet<&'static str> {
        let checked = manifests::check(&self.set, rules, None, now());
        let found = checked.into_iter().flat_map(|checked| checked.verdict.findings);
        found.filter(|finding| finding.mode >= mode).map(|finding| finding.policy.code).collect()
    }
}

fn page(manifests: &[Manifest]) -> Result<String, Failed> {
    let mut page = HEAD.to_owned();
    let refused_by = |profile| -> Result<Vec<BTreeSet<&str>>, Failed> {
        let rules = rules(&Overrides { profile: Some(profile), ..Overrides::default() })?;
        Ok(manifests.iter().map(|manifest| manifest.spoken_of(&rules, Mode::Deny)).collect())
    };
    let refused = |refusals: &[BTreeSet<&str>]| refusals.iter().filter(|codes| !codes.is_empty()).count();
    let production = refused_by(Profile::Production)?;
    writeln!(
        page,
        "Of {} objects, `baseline` refuses {} and `production` {}.",
        manifests.len(),
        refused(&refused_by(Profile::Baseline)?),
        refused(&production),
    )?;
    for theme in Theme::ALL {
        let of_theme = catalogue::all().map(|entry| entry.meta).filter(|meta| meta.theme == *theme);
        let rows = of_theme.map(|meta| row(meta, manifests, &production)).collect::<Result<Vec<_>, _>>()?;
        let rows: String = rows.into_iter().flatten().collect();
        if !rows.is_empty() {
            writeln!(page, "\n## {}\n", theme.title())?;
            writeln!(page, "| policy | severity | objects | speaks | | refused for it alone |")?;
            write!(page, "|---|---|---:|---:|---:|---:|\n{rows}")?;
        }
    }
    Ok(page)
}

/// The line of a policy; none for one that no file has anything for.
fn row(
    meta: &'static Meta,
    manifests: &[Manifest],
    refusals: &[BTreeSet<&str>],
) -> Result<Option<String>, Failed> {
    let alone = rules(&Overrides { select: vec![meta.code.to_owned()], ..Overrides::default() })?;
    let looked_at: Vec<_> = manifests.iter().filter(|it| meta.kinds.contains(&it.kind)).collect();
    if looked_at.is_empty() || meta.needs != Needs::Object {
        return Ok(None);
    }
    let total = looked_at.len();
    let speaks = looked_at.iter().filter(|it| !it.spoken_of(&alone, Mode::Audit).is_empty()).count();
    let only = refusals.iter().filter(|codes| codes.iter().eq([&meta.code])).count();
    let severity = if meta.opt_in { "opt-in" } else { meta.severity.as_str() };
    let (Meta { code, name, .. }, percent) = (meta, (speaks * 100 + total / 2) / total);
    Ok(Some(format!(
        "| [{code} {name}](policies/{name}.md) | {severity} | {total} | {speaks} | {percent} % | {only} |\n"
    )))
}

fn rules(overrides: &Overrides) -> Result<Rules, Failed> {
    let loaded = config::load(None, overrides, now()).map_err(|errors| errors.to_string())?;
    Ok(Rules::new(loaded.config.table, "test"))
}
