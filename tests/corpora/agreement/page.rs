//! `docs/agreement.md`.

use std::fmt::Write as _;

use super::differences::Speaks;
use super::tally::Tally;

pub(super) const PATH: &str = "docs/agreement.md";

const HEAD: &str = "\
# Agreement with other tools

Other tools come with cases for their checks. Here is how the policies judge those cases, with \
parameters that say what the settings of the check say, and with what a case tells of the rest of the cluster. *Differs on purpose* counts cases that a rule of the \
[table below](#differences) covers, *differs otherwise* all others. \
Kyverno has the same cases for up to three forms of a policy.

`cargo test --test corpora -- agreement` measures it where the cases are, and fails if fewer than 99 of 100 cases that \
no rule covers are judged alike, or if a rule covers nothing any longer. With `UPDATE=1` it writes this page.

";

const DIFFERENCES: &str = "\
## Differences

*Only here*: a policy finds something and the tool does not. *Only there*: the other way round.

| tool | checks | only | where | why | cases |
|---|---|---|---|---|---:|
";

/// The whole page.
pub(super) fn page(tallies: &[&Tally]) -> String {
    let mut page = HEAD.to_owned();
    for tally in tallies {
        page.push_str(&table(tally));
        page.push('\n');
    }
    page.push_str(DIFFERENCES);
    for (difference, covered) in tallies.iter().flat_map(|tally| &tally.differences) {
        let only = if difference.speaks == Speaks::Here { "here" } else { "there" };
        let checks =
            if difference.checks.is_empty() { "all".to_owned() } else { difference.checks.join(", ") };
        let (tool, condition, reason) = (difference.tool, difference.condition, difference.reason);
        let _ = writeln!(page, "| {tool} | {checks} | {only} | {condition} | {reason} | {covered} |");
    }
    page
}

/// The part about one tool.
pub(super) fn table(tally: &Tally) -> String {
    let mut table = format!("## {}\n\n", tally.tool);
    table.push_str("| check | policies | same | differs on purpose | differs otherwise |\n");
    table.push_str("|---|---|---:|---:|---:|\n");
    let (mut same, mut listed, mut other) = (0, 0, 0);
    for (check, count) in &tally.checks {
        let policies =
            count.policies.iter().map(|meta| format!("[{}](policies/{}.md)", meta.code, meta.name));
        let policies = policies.collect::<Vec<_>>().join(" ");
        let _ =
            writeln!(table, "| {check} | {policies} | {} | {} | {} |", count.same, count.listed, count.other);
        same += count.same;
        listed += count.listed;
        other += count.other;
    }
    let _ = writeln!(table, "| all | | {same} | {listed} | {other} |");
    table
}
