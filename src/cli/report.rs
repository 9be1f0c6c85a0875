//! What is found, as `--output` has it, and what it comes to: for everything that judges objects.

use std::collections::HashSet;
use std::io::Write;

use clap::ValueEnum;

use super::{EXIT_CLEAN, EXIT_FAILED, EXIT_FINDINGS};
use crate::engine::{Judged, Verdict};
use crate::modes::Mode;
use crate::policy::{PatchOperation, Severity, patch};
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

/// An object that was judged.
#[derive(Clone, Copy)]
pub(super) struct Reviewed<'a> {
    /// What it is called.
    pub(super) object: ObjectId<'a>,
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
        let operations = patch(&finding.fixes, self.root);
        (!operations.is_empty()).then(|| operations.iter().map(PatchOperation::to_json).collect())
    }
}

/// What has been reported so far.
pub(super) struct Report {
    args: ReportArgs,
    out: Box<dyn Write + Send>,
    pub(super) totals: Totals,
    /// Policies that have been explained already.
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
    pub(super) fn new(args: ReportArgs, out: Box<dyn Write + Send>) -> Self {
        let totals = Totals::default();
        Self { args, out, totals, explained: HashSet::new(), fixable: 0, failed: false }
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
            let code = "INVALID";
            let advice = self.explained.insert(code).then_some(INVALID);
            self.finding(
                &Finding {
                    at: reviewed.at(malformed.node),
                    object,
                    code,
                    name: "invalid-object",
                    severity: Severity::High,
                    mode: Mode::Deny,
                    upcoming: None,
                    path: &malformed.path,
                    message: &format!("must be {}, is {}", malformed.expected, malformed.found),
                    fix: None,
                },
                advice,
            )?;
        }
        for judged in &verdict.findings {
            self.judged(reviewed, judged)?;
        }
        Ok(())
    }

    fn judged(&mut self, reviewed: &Reviewed<'_>, judged: &Judged) -> std::io::Result<()> {
        let docs = self.explained.insert(judged.policy.code).then(|| judged.policy.docs());
        let advice = docs.as_ref().map(|docs| Advice {
            why: docs.why_line(),
            fix: docs.fix_line(),
            page: Some(judged.policy.name),
        });
        self.finding(
            &Finding {
                at: reviewed.at(judged.node),
                object: reviewed.object,
                code: judged.policy.code,
                name: judged.policy.name,
                severity: judged.policy.severity,
                mode: judged.mode,
                upcoming: judged.upcoming,
                path: &judged.path,
                message: &judged.message,
                fix: reviewed.fix(judged),
            },
            advice,
        )
    }

    fn finding(&mut self, finding: &Finding<'_>, advice: Option<Advice<'_>>) -> std::io::Result<()> {
        self.totals.count(finding.mode);
        self.fixable += usize::from(finding.fix.is_some() && finding.mode >= Mode::Warn);
        match self.args.output {
            Output::Json => writeln!(self.out, "{}", json::finding(finding)),
            Output::Text if finding.mode >= Mode::Warn => {
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
        let line = match self.args.output {
            Output::Json => json::unlisted(kind, reason),
            Output::Text => text::unlisted(kind, reason),
        };
        writeln!(self.out, "{line}")
    }

    /// Writes the totals, and says how bad it is by an exit code.
    pub(super) fn finish(mut self) -> std::io::Result<u8> {
        let totals = match self.args.output {
            Output::Json => json::totals(&self.totals),
            Output::Text => text::totals(&self.totals),
        };
        writeln!(self.out, "{totals}")?;
        let Totals { deny, warn, .. } = self.totals;
        Ok(match self.args.fail_on {
            _ if self.failed => EXIT_FAILED,
            FailOn::Deny if deny > 0 => EXIT_FINDINGS,
            FailOn::Warn if deny + warn > 0 => EXIT_FINDINGS,
            FailOn::Deny | FailOn::Warn => EXIT_CLEAN,
        })
    }
}
