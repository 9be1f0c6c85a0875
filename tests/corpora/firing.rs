//! `docs/pod-security.md`: how often each policy about Pod security speaks of workloads of real projects, made from
//! `realworld_workloads`. `UPDATE=1 cargo test --test corpora -- firing` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use libtest_mimic::{Completion, Failed, Trial};
use seawall::catalogue;
use seawall::config::{self, Overrides};
use seawall::engine::Rules;
use seawall::manifests::{self, ManifestSet};
use seawall::modes::Mode;
use seawall::policy::{Meta, Theme};
use serde_json::Value;

use crate::golden;
use crate::support::{absent, rows};
use crate::webhook::now;

const CORPUS: &str = "realworld_workloads";

const PAGE: &str = "docs/pod-security.md";

const HEAD: &str = "\
# Pod security in practice

How often each policy about Pod security speaks of the manifests of real projects. Most of these are infrastructure: \
network and storage drivers, meshes, operators and monitoring, which rules for their namespaces are meant for.

*Speaks* counts the workloads in which the policy finds something when it is asked alone. *Refused for it alone* \
counts those that the profile `production` refuses for this policy and for no other of the theme.

";

/// The page is what the corpus makes of it.
pub(crate) fn trial() -> Trial {
    Trial::ignorable_test("firing rates of Pod security", || {
        let Some(rows) = rows(CORPUS)? else { return Ok(absent(CORPUS)) };
        golden::check(PAGE, &page(&rows)?).map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

fn page(rows: &[Value]) -> Result<String, Failed> {
    let total = rows.len();
    let refusals = refusals(rows, &Overrides::default())?;
    let refused = refusals.iter().filter(|codes| !codes.is_empty()).count();
    let mut page = HEAD.to_owned();
    writeln!(page, "Of {total} workloads, `production` refuses {refused} for a policy of this theme.\n")?;
    writeln!(page, "| policy | severity | speaks | | refused for it alone |\n|---|---|---:|---:|---:|")?;
    for meta in catalogue::all().map(|entry| entry.meta).filter(|meta| meta.theme == Theme::PodSecurity) {
        let alone = Overrides { select: vec![meta.code.to_owned()], ..Overrides::default() };
        let speaks = self::refusals(rows, &alone)?.iter().filter(|codes| !codes.is_empty()).count();
        let only = refusals.iter().filter(|codes| codes.iter().eq([&meta.code])).count();
        let severity = if meta.opt_in { "opt-in" } else { meta.severity.as_str() };
        let (Meta { code, name, .. }, percent) = (meta, (speaks * 100 + total / 2) / total);
        writeln!(
            page,
            "| [{code} {name}](policies/{name}.md) | {severity} | {speaks} | {percent} % | {only} |"
        )?;
    }
    Ok(page)
}

/// For each workload the policies of the theme that refuse it.
fn refusals(rows: &[Value], overrides: &Overrides) -> Result<Vec<BTreeSet<&'static str>>, Failed> {
    let loaded = config::load(None, overrides, now()).map_err(|errors| errors.to_string())?;
    let rules = Rules::new(loaded.config.table, "test");
    let refusals = rows.iter().map(|row| {
        let set = ManifestSet::read(&["-".into()], &mut row["object"].to_string().as_bytes());
        let checked = manifests::check(&set, &rules, None, now());
        let found = checked.into_iter().flat_map(|checked| checked.verdict.findings);
        let refused = found.filter(|it| it.mode == Mode::Deny && it.policy.theme == Theme::PodSecurity);
        refused.map(|finding| finding.policy.code).collect()
    });
    Ok(refusals.collect())
}
