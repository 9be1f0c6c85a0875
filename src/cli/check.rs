//! `seawall check`: the engine over manifests.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;

use super::adopt::{Adoption, Flags};
use super::live::{ClusterArgs, Live};
use super::report::{Report, ReportArgs, Reviewed};
use super::rules::RulesArgs;
use super::{fix, now};
use crate::config::Loaded;
use crate::engine::Rules;
use crate::manifests::{self, Checked, ManifestSet};
use crate::policy::Facts;
use crate::report::{ObjectId, Plain, text};

/// What `seawall check` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "For example: helm template web charts/web | seawall check -")]
pub(super) struct Args {
    /// Files, directories (every *.yaml, *.yml and *.json below), or - for standard input.
    #[arg(required = true, value_name = "FILES|DIRS|-")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    rules: RulesArgs,
    #[command(flatten)]
    report: ReportArgs,
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
    cluster: ClusterArgs,
    #[command(flatten)]
    adopt: Flags,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let Loaded { config, .. } = args.rules.load()?;
    let rules = Rules::new(config.table, config.digest.to_string());
    let reads_stdin = args.paths.iter().any(|path| path.as_os_str() == "-");
    let adoption = args.adopt.prepare(args.report.bar(), !reads_stdin, now())?;
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
    let live = args.cluster.read(&set, &rules, args.namespace.as_deref())?;
    report(args, &set, &rules, live.as_ref(), adoption, Box::new(anstream::stdout()))
}

/// Judges a set and writes what is found; the exit code says how bad it is.
pub(super) fn report(
    args: &Args,
    set: &ManifestSet,
    rules: &Rules,
    live: Option<&Live>,
    adoption: Adoption,
    out: Box<dyn Write + Send>,
) -> anyhow::Result<u8> {
    let mut report = Report::new(args.report, adoption, out);
    report.totals.skipped = set.skipped().len();
    // Objects that go to a namespace that nothing names.
    let mut unnamed = 0;
    let cluster = live.map(Live::facts);
    let cluster = cluster.as_ref().map(|cluster| cluster as &dyn Facts);
    let namespace = live.map(|live| &*live.namespace).or(args.namespace.as_deref());
    report.failed = live.is_some_and(|live| live.failed);
    for checked in manifests::check_over(set, rules, namespace, cluster, now()) {
        unnamed += usize::from(checked.lacks_namespace);
        report.object(&reviewed(&checked))?;
    }
    if unnamed > 0 && rules.table().asks_for_namespaces() {
        report.note(&text::unnamed(unnamed))?;
    }
    // What could be fixed has been where that was asked for, or it is said why not.
    if report.fixable > 0 && !args.fix && !args.diff {
        report.note(&text::fixable(report.fixable))?;
    }
    report.finish()
}

fn reviewed<'a>(checked: &'a Checked<'_>) -> Reviewed<'a> {
    let Checked { manifest, root, name, namespace, lacks_namespace, verdict } = checked;
    let object =
        ObjectId { api_version: root.api_version, kind: root.kind, namespace: *namespace, name: *name };
    let file = Some((&**manifest.source(), manifest.positions()));
    Reviewed { object, lacks_namespace: *lacks_namespace, root: root.node, file, verdict }
}
