//! What is found, as `--output` has it, and what it comes to: for everything that judges objects.

use std::collections::HashSet;
use std::io::Write;

use clap::ValueEnum;

use super::adopt::Adoption;
use super::{EXIT_CLEAN, EXIT_FAILED, EXIT_FINDINGS};
use crate::engine::{Judged, Verdict};
use crate::modes::Mode;
use crate::policy::{Meta, PatchOperation, Severity, patch};
use crate::report::text::Advice;
use crate::report::{At, Finding, ObjectId, Plain, Totals, json, text};
use crate::tree::positions::Positions;
use crate::tree::{Node, NodeId};

/// How findings are written, and which count.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// How findings are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output: Output,
    /// The mildest finding that makes the exit code 1.
    #[arg(long, value_name = "MODE", default_value = "deny")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// One JSON object a finding, one a line, and a last line with totals.
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    /// Findings that would be refused.
    Deny,
    /// Also those that would be warned of.
    Warn,
}

impl ReportArgs {
    /// The mildest mode that counts.
    pub(super) fn bar(self) -> Mode {
        match self.fail_on {
            FailOn::Deny => Mode::Deny,
            FailOn::Warn => Mode::Warn,
        }
    }
}

/// An object that was judged.
#[derive(Clone, Copy)]
pub(super) struct Reviewed<'a> {
    /// What it is called.
    pub(super) object: ObjectId<'a>,
    /// Whether it goes to a namespace that nothing names.
    pub(super) lacks_namespace: bool,
    /// The object.
    pub(super) root: Node<'a>,
    /// The file that it stands in, if it does, and where everything stands there.
    pub(super) file: Option<(&'a str, &'a Positions)>,
    /// What was found.
    pub(super) verdict: &'a Verdict,
}

impl<'a> Reviewed<'a> {
    /// Where a node of the object stands: the value that is wrong, or what lacks a field.
    fn at(&self, node: NodeId) -> Option<At<'a>> {
        let node = self.root.tree().node(node).unwrap_or(self.root);
        self.file.map(|(file, positions)| At { file, position: positions.of(node) })
    }

    /// What mends a finding, as a JSON Patch of the object.
    fn fix(&self, finding: &Judged) -> Option<serde_json::Value> {
        let operations = patch(&finding.finding.fixes, self.root);
        (!operations.is_empty()).then(|| operations.iter().map(PatchOperation::to_json).collect())
    }
}

/// What has been reported so far.
pub(super) struct Report {
    args: ReportArgs,
    adoption: Adoption,
    out: Box<dyn Write + Send>,
    pub(super) totals: Totals,
    /// Policies that have been explained already; the empty code stands for invalid objects.
    explained: HashSet<&'static str>,
    /// Findings that say how they are fixed.
    pub(super) fixable: usize,
    /// Something failed, so that nobody knows what would have been found.
    pub(super) failed: bool,
}

/// What is said of an object that the API server would not decode.
const INVALID: Advice<'_> = Advice {
    why: "The API server refuses the object; no policy was run.",
    fix: "Correct the type of the field.",
    page: None,
};

impl Report {
    pub(super) fn new(args: ReportArgs, adoption: Adoption, out: Box<dyn Write + Send>) -> Self {
        let totals = Totals::default();
        Self { args, adoption, out, totals, explained: HashSet::new(), fixable: 0, failed: false }
    }

    /// Writes what was found in an object.
    pub(super) fn object(&mut self, reviewed: &Reviewed<'_>) -> std::io::Result<()> {
        let Reviewed { object, verdict, .. } = *reviewed;
        self.totals.objects += 1;
        self.totals.not_evaluated += verdict.not_evaluated.len();
        for (policy, _) in &verdict.panicked {
            self.failed = true;
            let file = reviewed.file.map_or_else(String::new, |(file, _)| format!("{}: ", Plain(file)));
            let (object, code) = (Plain(object), policy.code);
            writeln!(anstream::stderr(), "error: {file}{code} failed on {object}: please report it")?;
        }
        if let Some(malformed) = &verdict.malformed {
            let finding = Finding {
                at: reviewed.at(malformed.node),
                object,
                code: "INVALID",
                name: "invalid-object",
                severity: Severity::High,
                mode: Mode::Deny,
                upcoming: None,
                path: &malformed.path,
                place: malformed.path.clone(),
                message: &format!("must be {}, is {}", malformed.expected, malformed.found),
                fix: None,
                known: false,
            };
            self.finding(finding, None)?;
        }
        for judged in &verdict.findings {
            self.judged(reviewed, judged)?;
        }
        self.adoption.cover(reviewed);
        Ok(())
    }

    fn judged(&mut self, reviewed: &Reviewed<'_>, judged: &Judged) -> std::io::Result<()> {
        let finding = Finding {
            at: reviewed.at(judged.finding.node),
            object: reviewed.object,
            code: judged.policy.code,
            name: judged.policy.name,
            severity: judged.policy.severity,
            mode: judged.mode,
            upcoming: judged.upcoming,
            path: judged.path(),
            place: judged.place(reviewed.root),
            message: judged.message(),
            fix: reviewed.fix(judged),
            known: false,
        };
        self.finding(finding, Some(judged.policy))
    }

    /// Counts a finding and writes it; without a policy, its object is invalid.
    fn finding(&mut self, finding: Finding<'_>, policy: Option<&'static Meta>) -> std::io::Result<()> {
        let finding = &Finding { known: self.adoption.knows(&finding), ..finding };
        self.totals.count(finding);
        let is_seen = finding.mode >= Mode::Warn && !finding.known;
        self.fixable += usize::from(finding.fix.is_some() && is_seen);
        match self.args.output {
            Output::Json => writeln!(self.out, "{}", json::finding(finding)),
            Output::Text if is_seen => {
                let is_first = self.explained.insert(policy.map_or("", |policy| policy.code));
                let docs = is_first.then(|| policy.map(Meta::docs));
                let advice = docs.as_ref().map(|docs| {
                    docs.as_ref().map_or(INVALID, |docs| Advice {
                        why: docs.why_line(),
                        fix: docs.fix_line(),
                        page: Some(finding.name),
                    })
                });
                writeln!(self.out, "{}", text::finding(finding, advice))
            }
            Output::Text => Ok(()),
        }
    }

    /// Writes a line for people.
    pub(super) fn note(&mut self, line: &str) -> std::io::Result<()> {
        if self.args.output == Output::Text { writeln!(self.out, "{line}") } else { Ok(()) }
    }

    /// Writes which kind was not judged as a whole, and why.
    pub(super) fn unlisted(&mut self, kind: &str, reason: &str) -> std::io::Result<()> {
        self.adoption.forget(kind);
        let line = match self.args.output {
            Output::Json => json::unlisted(kind, reason),
            Output::Text => text::unlisted(kind, reason),
        };
        writeln!(self.out, "{line}")
    }

    /// Writes the totals and the exceptions that are wanted, and says how bad it is by an exit code.
    pub(super) fn finish(mut self) -> anyhow::Result<u8> {
        let is_complete = self.totals.cluster.is_none_or(|cluster| cluster.complete);
        // What has not been looked at is not gone.
        self.totals.gone = if is_complete { self.adoption.gone() } else { 0 };
        for line in self.adoption.notes(&self.totals) {
            self.note(&line)?;
        }
        let totals = match self.args.output {
            Output::Json => json::totals(&self.totals),
            Output::Text => text::totals(&self.totals),
        };
        writeln!(self.out, "{totals}")?;
        let Totals { deny, warn, .. } = self.totals;
        let found = match self.args.fail_on {
            FailOn::Deny => deny,
            FailOn::Warn => deny + warn,
        };
        let excepted = self.adoption.write(is_complete && !self.failed)?;
        Ok(match found.saturating_sub(excepted) {
            _ if self.failed => EXIT_FAILED,
            0 => EXIT_CLEAN,
            _ => EXIT_FINDINGS,
        })
    }
}
