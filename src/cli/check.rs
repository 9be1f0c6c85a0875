//! `seawall check`: the engine over manifests.

use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::ValueEnum;

use super::adopt::{self, Adoption};
use super::{EXIT_CLEAN, EXIT_FAILED, EXIT_FINDINGS, fix, load, now};
use crate::catalogue::pod_security::standards::{Standard, Version};
use crate::config::Overrides;
use crate::engine::{Judged, Rules};
use crate::manifests::{self, Checked, ManifestSet};
use crate::modes::{Mode, Profile};
use crate::policy::{Meta, Severity};
use crate::report::text::Advice;
use crate::report::{Finding, ObjectId, Plain, Totals, json, text};

/// What `seawall check` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "For example: helm template web charts/web | seawall check -")]
pub(super) struct Args {
    /// Files, directories (every *.yaml, *.yml and *.json below), or - for standard input.
    #[arg(required = true, value_name = "FILES|DIRS|-")]
    paths: Vec<PathBuf>,
    /// Configuration file; without it the profile decides alone.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Profile instead of the configuration's.
    #[arg(long, value_name = "NAME")]
    profile: Option<Profile>,
    /// Report these policies, whatever the configuration says, and no others: codes, names, prefixes of themes or
    /// `all`, separated by commas. Their findings count as denied.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not report these policies.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Report what this Pod Security Standard would refuse, and nothing else: `baseline` or `restricted`, as the newest
    /// Kubernetes judges it, or as that of a version does, such as `restricted:v1.30`.
    #[arg(
        long,
        value_name = "LEVEL[:VERSION]",
        conflicts_with_all = ["config", "profile", "select", "ignore"]
    )]
    pod_security: Option<Standard>,
    /// The version of Kubernetes that the manifests are meant for, such as `v1.38`: API versions that it no longer
    /// serves are found, and Pod security is judged as it does. Without, the newest that is known is meant, and for API
    /// versions the one after it.
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<Version>,
    /// How findings are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output: Output,
    /// The mildest finding that makes the exit code 1.
    #[arg(long, value_name = "MODE", default_value = "deny")]
    fail_on: FailOn,
    /// Namespace of objects that name none.
    #[arg(long, short, value_name = "NS")]
    pub(super) namespace: Option<String>,
    /// Edit the files: apply every fix that makes its finding disappear and leads to no other. What remains is reported
    /// and decides the exit code. The text of standard input is written to standard output, the report to standard
    /// error.
    #[arg(long, conflicts_with = "write_exceptions")]
    fix: bool,
    /// Write what `--fix` would change to standard output, as a unified diff, and the report of what would remain to
    /// standard error; change nothing.
    #[arg(long, conflicts_with = "write_exceptions")]
    pub(super) diff: bool,
    #[command(flatten)]
    adopt: adopt::Flags,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
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

impl FailOn {
    /// The mildest mode that counts.
    fn mode(self) -> Mode {
        match self {
            Self::Deny => Mode::Deny,
            Self::Warn => Mode::Warn,
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let reads_stdin = args.paths.iter().any(|path| path.as_os_str() == "-");
    let adoption = args.adopt.prepare(args.fail_on.mode(), !reads_stdin, now())?;
    let rules = rules(args)?;
    let stdin = &mut std::io::stdin().lock();
    let fixes = args.fix || args.diff;
    let set = if fixes {
        ManifestSet::read_to_fix(&args.paths, stdin)
    } else {
        ManifestSet::read(&args.paths, stdin)
    };
    if !set.errors().is_empty() {
        let errors: Vec<_> = set.errors().iter().map(|error| Plain(error).to_string()).collect();
        bail!("{}\nnothing was checked", errors.join("\nerror: "));
    }
    if set.objects().next().is_none() {
        // A pipe whose other end failed is empty, and a check of nothing would pass.
        let paths: Vec<_> = args.paths.iter().map(|path| Plain(path.display()).to_string()).collect();
        bail!("no Kubernetes object in {}: nothing was checked", paths.join(", "));
    }
    if fixes {
        return fix::run(args, &set, &rules, adoption);
    }
    report(args, &set, &rules, adoption, Box::new(anstream::stdout()))
}

/// Judges a set and writes what is found; the exit code says how bad it is.
pub(super) fn report(
    args: &Args,
    set: &ManifestSet,
    rules: &Rules,
    adoption: Adoption,
    out: Box<dyn Write>,
) -> anyhow::Result<u8> {
    let mut report = Report::new(args.output, adoption, out);
    report.totals.skipped = set.skipped().len();
    for checked in manifests::check(set, rules, args.namespace.as_deref(), now()) {
        report.object(&checked)?;
    }
    if args.fix || args.diff {
        // What could be fixed has been, or it is said why not.
        report.fixable = 0;
    }
    report.finish(rules.table().asks_for_namespaces())?;
    let Totals { deny, warn, .. } = report.totals;
    let found = match args.fail_on {
        FailOn::Deny => deny,
        FailOn::Warn => deny + warn,
    };
    let excepted = report.adoption.write()?;
    Ok(match found - excepted {
        _ if report.failed => EXIT_FAILED,
        0 => EXIT_CLEAN,
        _ => EXIT_FINDINGS,
    })
}

fn rules(args: &Args) -> anyhow::Result<Rules> {
    let overrides = Overrides {
        profile: args.profile,
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        pod_security: args.pod_security,
        kubernetes_version: args.kubernetes_version,
        ..Overrides::default()
    };
    let loaded = load(args.config.as_deref(), &overrides)?;
    Ok(Rules::new(loaded.config.table, loaded.config.digest.to_string()))
}

/// What has been reported so far.
struct Report {
    output: Output,
    out: Box<dyn Write>,
    adoption: Adoption,
    totals: Totals,
    /// Policies that have been explained already; the empty code stands for what is invalid.
    explained: HashSet<&'static str>,
    /// Objects that go to a namespace that nothing names.
    unnamed: usize,
    /// Findings that say how they are fixed.
    fixable: usize,
    /// A policy failed, so that nobody knows what it would have found.
    failed: bool,
}

/// What is said of an object that the API server would not decode.
const INVALID: Advice<'_> = Advice {
    why: "The API server refuses the object; no policy was run.",
    fix: "Correct the type of the field.",
    page: None,
};

impl Report {
    fn new(output: Output, adoption: Adoption, out: Box<dyn Write>) -> Self {
        let totals = Totals::default();
        let explained = HashSet::new();
        Self { output, out, adoption, totals, explained, unnamed: 0, fixable: 0, failed: false }
    }

    fn object(&mut self, checked: &Checked<'_>) -> anyhow::Result<()> {
        self.totals.objects += 1;
        self.totals.not_evaluated += checked.verdict.not_evaluated.len();
        self.unnamed += usize::from(checked.lacks_namespace);
        let object = ObjectId {
            api_version: checked.root.api_version,
            kind: checked.root.kind,
            namespace: checked.namespace,
            name: checked.name,
        };
        for (policy, _) in &checked.verdict.panicked {
            self.failed = true;
            let (file, object) = (Plain(checked.manifest.source()), Plain(object));
            let code = policy.code;
            writeln!(anstream::stderr(), "error: {file}: {code} failed on {object}: please report it")?;
        }
        if let Some(malformed) = &checked.verdict.malformed {
            let finding = Finding {
                file: checked.manifest.source(),
                position: checked.position(malformed.node),
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
        for judged in &checked.verdict.findings {
            self.judged(checked, object, judged)?;
        }
        self.adoption.cover(object, checked);
        Ok(())
    }

    fn judged(&mut self, checked: &Checked<'_>, object: ObjectId<'_>, judged: &Judged) -> anyhow::Result<()> {
        let finding = Finding {
            file: checked.manifest.source(),
            position: checked.position(judged.node),
            object,
            code: judged.policy.code,
            name: judged.policy.name,
            severity: judged.policy.severity,
            mode: judged.mode,
            upcoming: judged.upcoming,
            path: &judged.path,
            place: judged.place(checked.root.node),
            message: &judged.message,
            fix: checked.fix(judged),
            known: false,
        };
        self.finding(finding, Some(judged.policy))
    }

    /// Counts a finding and writes it; without a policy, its object is invalid.
    fn finding(&mut self, finding: Finding<'_>, policy: Option<&'static Meta>) -> anyhow::Result<()> {
        let finding = &Finding { known: self.adoption.knows(&finding), ..finding };
        self.totals.count(finding);
        let is_seen = finding.mode >= Mode::Warn && !finding.known;
        self.fixable += usize::from(finding.fix.is_some() && is_seen);
        match self.output {
            Output::Json => writeln!(self.out, "{}", json::finding(finding))?,
            Output::Text if is_seen => {
                let docs = policy.map(Meta::docs);
                let advice = docs.as_ref().map_or(INVALID, |docs| Advice {
                    why: docs.why_line(),
                    fix: docs.fix_line(),
                    page: Some(finding.name),
                });
                let advice = self.explained.insert(policy.map_or("", |it| it.code)).then_some(advice);
                writeln!(self.out, "{}", text::finding(finding, advice))?;
            }
            Output::Text => {}
        }
        Ok(())
    }

    fn finish(&mut self, asks_for_namespaces: bool) -> anyhow::Result<()> {
        self.totals.gone = self.adoption.gone();
        if let (Output::Text, Some(baseline)) = (self.output, self.adoption.baseline()) {
            let Totals { known, gone, .. } = self.totals;
            if known > 0 {
                writeln!(self.out, "{}", text::known(known, baseline))?;
            }
            if gone > 0 {
                writeln!(self.out, "{}", text::gone(gone, baseline))?;
            }
        }
        if matches!(self.output, Output::Text) && asks_for_namespaces && self.unnamed > 0 {
            writeln!(self.out, "{}", text::unnamed(self.unnamed))?;
        }
        if matches!(self.output, Output::Text) && self.fixable > 0 {
            writeln!(self.out, "{}", text::fixable(self.fixable))?;
        }
        match self.output {
            Output::Json => writeln!(self.out, "{}", json::totals(&self.totals))?,
            Output::Text => writeln!(self.out, "{}", text::totals(&self.totals))?,
        }
        Ok(())
    }
}
