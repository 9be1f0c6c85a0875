//! Policies against the checks of other tools that find the same: their own cases, judged here.
//!
//! Which policy answers to which check is what `equivalents` of the policies say. Where a check has settings, they
//! become parameters of the policies (`settings`). Each disagreement is a mistake here, or covered by a rule
//! (`differences`); a rule that covers nothing fails, and so does a tool of whose other cases too few are judged alike.
//! `UPDATE=1 cargo test --test corpora -- agreement` writes `docs/agreement.md`.

mod cases;
mod differences;
mod judge;
mod page;
mod predicates;
mod settings;
mod tally;

use std::sync::OnceLock;

use libtest_mimic::{Completion, Failed, Trial};
use serde_json::Value;

use self::tally::Tally;
use crate::golden;
use crate::support::{absent, rows};

/// Of a hundred cases that no rule covers, how many must be judged alike.
const TARGET: usize = 99;

/// A tool with cases.
pub(super) struct Tool {
    /// As `equivalents` name it.
    name: &'static str,
    /// The files of its cases, and how many rows each has.
    corpora: &'static [(&'static str, usize)],
    /// Makes cases of the rows of a file.
    read: fn(&[Value]) -> Vec<Case>,
}

/// What a tool says about some objects.
pub(super) struct Case {
    /// Where it comes from.
    id: String,
    /// The check, as `equivalents` name it.
    check: String,
    /// What is judged together.
    objects: Vec<Value>,
    /// What else there is, and is not judged.
    beside: Vec<Value>,
    /// How the check was set up; `null` if it cannot be or was not.
    settings: Value,
    /// Whether the tool finds something.
    finds: bool,
}

const TOOLS: &[Tool] = &[
    Tool { name: "polaris", corpora: &[("polaris", 327)], read: cases::polaris },
    Tool { name: "kube-linter", corpora: &[("kube_linter", 69)], read: cases::kube_linter },
    Tool { name: "trivy", corpora: &[("trivy", 295)], read: cases::trivy },
    Tool { name: "gatekeeper", corpora: &[("gatekeeper", 140)], read: cases::gatekeeper },
    Tool { name: "kubeaudit", corpora: &[("kubeaudit", 70)], read: cases::kubeaudit },
    Tool { name: "datree", corpora: &[("datree", 228)], read: cases::datree },
    Tool { name: "kubewarden", corpora: &[("kubewarden", 138)], read: cases::kubewarden },
    Tool {
        name: "kyverno",
        corpora: &[
            ("kyverno_policies", 882),
            ("kyverno_cli", 2809),
            ("kyverno_chainsaw", 3866),
            ("kyverno_engine_cli", 185),
            ("kyverno_engine_chainsaw", 420),
        ],
        read: cases::kyverno,
    },
];

/// What has been tallied, by the place of the tool: the page needs what the trials of the tools need.
static TALLIES: [OnceLock<Result<Option<Tally>, String>>; TOOLS.len()] =
    [const { OnceLock::new() }; TOOLS.len()];

/// A trial for each tool, and one for the page.
pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let tools = TOOLS.iter().enumerate().map(|(place, tool)| {
        Trial::ignorable_test(format!("agreement with {}", tool.name), move || {
            let Some(tally) = tally(place)? else { return Ok(absent(tool.corpora[0].0)) };
            show(&page::table(tally));
            tally.verdict(TARGET)?;
            Ok(Completion::Completed)
        })
    });
    tools.chain([Trial::ignorable_test("agreement as the page has it", || {
        let mut tallies = Vec::new();
        for (place, tool) in TOOLS.iter().enumerate() {
            let Some(tally) = tally(place)? else { return Ok(absent(tool.corpora[0].0)) };
            tallies.push(tally);
        }
        golden::check(page::PATH, &page::page(&tallies))?;
        Ok(Completion::Completed)
    })])
}

#[expect(clippy::print_stdout, reason = "the table is what one runs the trial for")]
fn show(table: &str) {
    println!("{table}");
}

/// How the policies judge the cases of a tool; `None` if one of its files is absent.
fn tally(place: usize) -> Result<Option<&'static Tally>, Failed> {
    let tally = TALLIES[place].get_or_init(|| {
        judge(&TOOLS[place]).map_err(|error| error.message().unwrap_or("unreadable").to_owned())
    });
    Ok(tally.as_ref()?.as_ref())
}

fn judge(tool: &Tool) -> Result<Option<Tally>, Failed> {
    let mut all = Vec::new();
    for (corpus, count) in tool.corpora {
        let Some(rows) = rows(corpus)? else { return Ok(None) };
        if rows.len() != *count {
            return Err(format!("{} rows in {corpus} instead of {count}", rows.len()).into());
        }
        all.extend(rows);
    }
    Ok(Some(Tally::of(tool.name, (tool.read)(&all))?))
}
