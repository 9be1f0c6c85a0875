//! `seawall check`: the engine over manifests.

use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::ValueEnum;

use super::{EXIT_CLEAN, EXIT_FAILED, EXIT_FINDINGS, fix, load, now};
use crate::catalogue::pod_security::standards::{Standard, Version};
use crate::config::Overrides;
use crate::engine::{Judged, Rules};
use crate::manifests::{self, Checked, ManifestSet};
use crate::modes::{Mode, Profile};
use crate::policy::Severity;
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
    #[arg(long)]
    fix: bool,
    /// Write what `--fix` would change to standard output, as a unified diff, and the report of what would remain to
    /// standard error; change nothing.
    #[arg(long)]
    pub(super) diff: bool,
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

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
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
        return fix::run(args, &set, &rules);
    }
    report(args, &set, &rules, Box::new(anstream::stdout()))
}

/// Judges a set and writes what is found; the exit code says how bad it is.
pub(super) fn report(
    args: &Args,
    set: &ManifestSet,
    rules: &Rules,
    out: Box<dyn Write>,
) -> anyhow::Result<u8> {
    let mut report = Report::new(args.output, out);
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
    Ok(match args.fail_on {
        _ if report.failed => EXIT_FAILED,
        FailOn::Deny if deny > 0 => EXIT_FINDINGS,
        FailOn::Warn if deny + warn > 0 => EXIT_FINDINGS,
        FailOn::Deny | FailOn::Warn => EXIT_CLEAN,
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
    totals: Totals,
    /// Policies that have been explained already.
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
    fn new(output: Output, out: Box<dyn Write>) -> Self {
        let totals = Totals::default();
        Self { output, out, totals, explained: HashSet::new(), unnamed: 0, fixable: 0, failed: false }
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
            let code = "INVALID";
            let advice = self.explained.insert(code).then_some(INVALID);
            self.finding(
                &Finding {
                    file: checked.manifest.source(),
                    position: checked.position(malformed.node),
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
        for judged in &checked.verdict.findings {
            self.judged(checked, object, judged)?;
        }
        Ok(())
    }

    fn judged(&mut self, checked: &Checked<'_>, object: ObjectId<'_>, judged: &Judged) -> anyhow::Result<()> {
        let docs = self.explained.insert(judged.policy.code).then(|| judged.policy.docs());
        let advice = docs.as_ref().map(|docs| Advice {
            why: docs.why_line(),
            fix: docs.fix_line(),
            page: Some(judged.policy.name),
        });
        self.finding(
            &Finding {
                file: checked.manifest.source(),
                position: checked.position(judged.node),
                object,
                code: judged.policy.code,
                name: judged.policy.name,
                severity: judged.policy.severity,
                mode: judged.mode,
                upcoming: judged.upcoming,
                path: &judged.path,
                message: &judged.message,
                fix: checked.fix(judged),
            },
            advice,
        )
    }

    fn finding(&mut self, finding: &Finding<'_>, advice: Option<Advice<'_>>) -> anyhow::Result<()> {
        self.totals.count(finding.mode);
        self.fixable += usize::from(finding.fix.is_some() && finding.mode >= Mode::Warn);
        match self.output {
            Output::Json => writeln!(self.out, "{}", json::finding(finding))?,
            Output::Text if finding.mode >= Mode::Warn => {
                writeln!(self.out, "{}", text::finding(finding, advice))?;
            }
            Output::Text => {}
        }
        Ok(())
    }

    fn finish(&mut self, asks_for_namespaces: bool) -> anyhow::Result<()> {
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
