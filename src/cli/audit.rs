//! `seawall audit`: the engine over what exists in a cluster.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::adopt::{Adoption, Flags};
use super::now;
use super::report::{Report, ReportArgs, Reviewed};
use super::rules::RulesArgs;
use crate::app;
use crate::audit::{Audited, Beside, Pace, Progress, Scope, Sink, Summary, scan};
use crate::cluster::{ListError, Unlisted, list_facts};
use crate::config::Config;
use crate::engine::Rules;
use crate::object::kinds::NAMESPACE;
use crate::policy::Facts as _;
use crate::registration::NEVER_REVIEWED;
use crate::report::{ObjectId, OfCluster, text};

/// What shells make of a process that ends by SIGINT.
const EXIT_INTERRUPTED: u8 = 130;
/// What shells make of a process that ends by SIGTERM.
const EXIT_TERMINATED: u8 = 143;

/// What `seawall audit` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 the cluster or a kind could not be read, \
    130 and 143 interrupted.\nFor example: seawall audit --context staging --namespace shop --fail-on warn"
)]
pub(super) struct Args {
    #[command(flatten)]
    rules: RulesArgs,
    /// File with the cluster and the credentials; else KUBECONFIG, ~/.kube/config, or the Pod's own.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig, if it is not the current one.
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Audit this namespace and what is in it, and nothing else; may be repeated. Permissions in it are enough.
    #[arg(long, short, value_name = "NS", value_delimiter = ',')]
    namespace: Vec<String>,
    /// Audit what no webhook reviews too: `kube-system` and the namespaces that the configuration excludes.
    #[arg(long, short = 'A', conflicts_with = "namespace")]
    all_namespaces: bool,
    /// Audit only objects with such labels, as kubectl has it: `app=web,tier!=test`.
    #[arg(long, short = 'l', value_name = "LABELS")]
    selector: Option<String>,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    adopt: Flags,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let Config { table, digest, registration, .. } = args.rules.load()?.config;
    let rules = Rules::new(table, digest.to_string());
    let adoption = args.adopt.prepare(args.report.bar(), true, now())?;
    let mut scope =
        Scope { namespaces: args.namespace.clone(), labels: args.selector.clone(), ..Scope::default() };
    scope.namespaces.sort();
    scope.namespaces.dedup();
    if !args.all_namespaces {
        scope.left_out = vec![NEVER_REVIEWED.to_owned()];
        scope.left_out.extend(registration.exclude_namespaces);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(audit(args, &rules, &scope, adoption))
}

async fn audit(args: &Args, rules: &Rules, scope: &Scope, adoption: Adoption) -> anyhow::Result<u8> {
    let mut signals = Signals::new()?;
    let client = app::reach(args.kubeconfig.as_deref(), args.context.as_deref()).await?;
    let mut printer = Printer::new(Report::new(args.report, adoption, Box::new(anstream::stdout())));
    printer.bar.set_message("what policies have to know");
    let followed = app::followed(rules);
    let known = tokio::select! {
        code = signals.next() => Err(code),
        known = list_facts(&client, &followed, &scope.namespaces) => {
            Ok(known.context("the cluster cannot be read")?)
        }
    };
    let (facts, unknown) = match known {
        Ok(known) => known,
        Err(code) => {
            return printer
                .finish(scope, Vec::new(), Summary { is_cut: true, ..Summary::default() })
                .map(|_| code);
        }
    };
    let knows_namespaces = !unknown.iter().any(|it| it.kind == NAMESPACE.name);
    let absent = scope.namespaces.iter().find(|name| knows_namespaces && facts.namespace(name).is_err());
    if let Some(name) = absent {
        bail!("--namespace {name}: the cluster does not have it");
    }
    let beside = Beside { facts: &facts, now: now() };
    let mut interrupted = None;
    let stop = async { interrupted = Some(signals.next().await) };
    let summary = scan(&client, rules, beside, scope, Pace::default(), &mut printer, stop).await;
    let code = printer.finish(scope, unknown, summary)?;
    Ok(interrupted.unwrap_or(code))
}

/// SIGINT and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next of them, and says with which code the process ends.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => EXIT_INTERRUPTED,
            _ = self.terminate.recv() => EXIT_TERMINATED,
        }
    }
}

/// Writes what is found, and how far it is.
struct Printer {
    report: Report,
    /// Nothing where nobody looks.
    bar: ProgressBar,
    /// Why nothing more can be written.
    error: Option<io::Error>,
}

impl Sink for Printer {
    fn take(&mut self, audited: &Audited<'_>) -> ControlFlow<()> {
        let Audited { api_version, kind, namespace, name, root, verdict } = audited;
        let object = ObjectId { api_version, kind, namespace: *namespace, name: *name };
        let reviewed = Reviewed { object, lacks_namespace: false, root: *root, file: None, verdict };
        let Self { report, bar, error } = self;
        let is_clean =
            verdict.findings.is_empty() && verdict.malformed.is_none() && verdict.panicked.is_empty();
        let written =
            if is_clean { report.object(&reviewed) } else { bar.suspend(|| report.object(&reviewed)) };
        *error = written.err();
        if error.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn progress(&mut self, progress: Progress<'_>) {
        let Progress { kind, position, kinds, objects, remaining } = progress;
        let remaining = remaining.map_or_else(String::new, |it| format!(", {it} to come"));
        self.bar.set_length(kinds as u64);
        self.bar.set_position(position as u64);
        self.bar.set_message(format!("{objects} objects, {kind}{remaining}"));
    }
}

impl Printer {
    fn new(report: Report) -> Self {
        let is_watched = io::stderr().is_terminal();
        let bar = if is_watched { ProgressBar::new(0) } else { ProgressBar::hidden() };
        // The template is right; if it were not, the bar would only look as bars do.
        if let Ok(style) = ProgressStyle::with_template("{spinner} [{elapsed}] {bar:20} {msg}") {
            bar.set_style(style);
        }
        Self { report, bar, error: None }
    }

    /// Writes what could not be judged, and the totals.
    fn finish(self, scope: &Scope, unknown: Vec<Unlisted>, summary: Summary) -> anyhow::Result<u8> {
        let Self { mut report, bar, error } = self;
        bar.finish_and_clear();
        if let Some(error) = error {
            return Err(error.into());
        }
        let Summary { objects, owned, unlisted: unjudged, is_cut } = summary;
        let mut unlisted = unknown;
        // What nobody may list is neither known nor judged, and said once.
        let unjudged: Vec<_> = unjudged.into_iter().filter(|it| !unlisted.contains(it)).collect();
        unlisted.extend(unjudged);
        for Unlisted { kind, error } in &unlisted {
            report.unlisted(kind, &error.to_string())?;
        }
        if scope.namespaces.is_empty() && !scope.left_out.is_empty() {
            report.note(&text::left_out(&scope.left_out))?;
        }
        // What somebody may not see is their scope. What fails is nobody's, and to see nothing is no audit.
        let is_refused = |it: &Unlisted| matches!(it.error, ListError::Refused(_));
        report.failed |=
            unlisted.iter().any(|it| !is_refused(it)) || objects + owned == 0 && !unlisted.is_empty();
        report.totals.cluster = Some(OfCluster { owned, unlisted: unlisted.len(), complete: !is_cut });
        report.finish()
    }
}
