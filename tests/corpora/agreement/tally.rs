//! Counting how the cases of a tool are judged.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use libtest_mimic::Failed;
use seawall::catalogue;
use seawall::policy::{Meta, Needs};

use super::Case;
use super::differences::{DIFFERENCES, Difference, Speaks};
use super::judge::Judge;

/// How the cases of a tool are judged.
pub(super) struct Tally {
    pub(super) tool: &'static str,
    /// By check.
    pub(super) checks: BTreeMap<String, Count>,
    /// The rules about the tool, and how many cases each covers.
    pub(super) differences: Vec<(&'static Difference, usize)>,
    /// What no rule covers.
    wrong: Vec<String>,
}

/// How the cases of a check are judged.
#[derive(Default)]
pub(super) struct Count {
    /// The policies that answer to it.
    pub(super) policies: Vec<&'static Meta>,
    /// Cases that are judged alike.
    pub(super) same: usize,
    /// Cases that a rule covers.
    pub(super) listed: usize,
    /// Cases that are judged otherwise.
    pub(super) other: usize,
}

impl Tally {
    pub(super) fn of(tool: &'static str, cases: Vec<Case>) -> Result<Self, Failed> {
        let of_tool = DIFFERENCES.iter().copied().flatten().filter(|difference| difference.tool == tool);
        let differences = of_tool.map(|difference| (difference, 0)).collect();
        let mut tally = Self { tool, checks: BTreeMap::new(), differences, wrong: Vec::new() };
        let mut judge = Judge::default();
        for case in cases {
            let policies = policies(&format!("{tool}:{}", case.check));
            // An object that no policy looks at says nothing, unless the tool finds something in it.
            if policies.is_empty() || !(case.finds || is_looked_at(&policies, &case)) {
                continue;
            }
            let found = judge.found(tool, &policies, &case)?;
            tally.count(policies, &case, &found);
        }
        Ok(tally)
    }

    fn count(&mut self, policies: Vec<&'static Meta>, case: &Case, found: &[String]) {
        let count = self.checks.entry(case.check.clone()).or_default();
        count.policies = policies;
        if found.is_empty() != case.finds {
            count.same += 1;
            return;
        }
        let speaks = if case.finds { Speaks::There } else { Speaks::Here };
        let covering = self.differences.iter_mut().find(|(difference, _)| {
            difference.speaks == speaks
                && (difference.checks.is_empty() || difference.checks.contains(&case.check.as_str()))
                && (difference.is_it)(case)
        });
        if let Some((_, covered)) = covering {
            *covered += 1;
            count.listed += 1;
            return;
        }
        count.other += 1;
        let settings = if case.settings.is_null() { String::new() } else { format!(" {}", case.settings) };
        self.wrong.push(match speaks {
            Speaks::There => format!("{}: {}{settings}: nothing is found", case.check, case.id),
            Speaks::Here => format!("{}: {}{settings}: {found:?}", case.check, case.id),
        });
    }

    /// An error if the target is missed, or if a rule covers nothing.
    pub(super) fn verdict(&self, target: usize) -> Result<(), Failed> {
        let same: usize = self.checks.values().map(|count| count.same).sum();
        let total = same + self.wrong.len();
        let mut error = String::new();
        if same * 100 < total * target || total == 0 {
            writeln!(error, "{same} of {total} cases are judged alike:\n{}", self.wrong.join("\n"))?;
        }
        for (difference, _) in self.differences.iter().filter(|(_, covered)| *covered == 0) {
            writeln!(error, "no longer so: {:?}: {}", difference.checks, difference.condition)?;
        }
        if error.is_empty() { Ok(()) } else { Err(error.into()) }
    }
}

/// The policies that answer to a check, and judge objects: those that judge who writes have nothing to go by in a case.
fn policies(tool_and_check: &str) -> Vec<&'static Meta> {
    let all = catalogue::all().map(|entry| entry.meta);
    all.filter(|meta| meta.needs != Needs::Request && meta.equivalents.contains(&tool_and_check)).collect()
}

fn is_looked_at(policies: &[&Meta], case: &Case) -> bool {
    let mut kinds = policies.iter().flat_map(|meta| meta.kinds);
    kinds.any(|kind| case.objects.iter().any(|object| object["kind"] == kind.name))
}
