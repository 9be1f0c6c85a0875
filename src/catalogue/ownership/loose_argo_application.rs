//! `META10 loose-argo-application`: an Application of Argo CD that does not keep the cluster as Git says.

use crate::object::gitops::{Application, ApplicationSet, ApplicationSource, ApplicationSpec};
use crate::policy::prelude::*;

policy! {
    /// An Application of Argo CD follows a moving revision, lets drift be, or may deliver anything.
    ///
    /// The template of an ApplicationSet is judged alike; fields that it fills in are not. That a repository of
    /// configuration is followed at `main` is common: leave it out of `floating` where it is meant. An Application that
    /// names its cluster or its source twice is one that Argo CD refuses.
    ///
    /// ## Why
    /// What `HEAD` or a range of chart versions means changes without a commit that says so: two clusters with the same
    /// manifest run different things. Without `selfHeal` what is changed by hand stays, without `prune` what was deleted
    /// in Git. The project `default` allows every source, cluster and kind.
    ///
    /// ## Fix
    /// Set `targetRevision` to a tag, a commit or a version, `syncPolicy.automated` with `prune` and `selfHeal`, and a
    /// project that names what it may deliver.
    ///
    /// ## Exceptions
    /// Clusters where somebody presses the button on purpose.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: { name: shop, namespace: argocd }
    /// spec:
    ///   project: default
    ///   source: { repoURL: "https://git.example.com/shop", path: deploy, targetRevision: HEAD }
    ///   destination: { name: production, namespace: shop }
    ///   syncPolicy: { automated: {} }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: { name: shop, namespace: argocd }
    /// spec:
    ///   project: shop
    ///   source: { repoURL: "https://git.example.com/shop", path: deploy, targetRevision: v1.4.2 }
    ///   destination: { name: production, namespace: shop }
    ///   syncPolicy: { automated: { prune: true, selfHeal: true } }
    /// ```
    pub(super) LooseArgoApplication = {
        code: "META10",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &[&kinds::APPLICATION, &kinds::APPLICATION_SET],
        equivalents: ["kyverno:application-field-validation", "kyverno:application-prevent-default-project"],
        references: ["https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Revisions of Git that move.
    floating: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { floating: ["HEAD", "main", "master"].map(str::to_owned).into() }
    }
}

impl Check for LooseArgoApplication {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let application = subject.lens::<Application<'static>>().and_then(Application::spec);
        let template = || subject.lens::<ApplicationSet<'static>>()?.spec()?.template()?.spec();
        let Some(spec) = application.or_else(template) else { return };
        let project = spec.project();
        if matches!(*project, "" | "default") {
            out.report(project, "belongs to the project `default`, which allows everything");
        }
        for source in spec.sources().iter().chain(spec.source()) {
            check_source(params, source, out);
        }
        check_destination(spec, out);
        check_sync(spec, out);
    }
}

fn check_source(params: &Params, source: ApplicationSource<'_>, out: &mut Findings) {
    // What `argocd` prints has the field that is not used too, empty.
    let [chart, path, reference] =
        [source.chart(), source.path(), source.reference()].map(|it| it.filter(|it| !it.is_empty()));
    let is_chart = chart.is_some();
    match (chart, path, reference) {
        (Some(chart), Some(_), _) => {
            out.report(chart, "is given with `path`: a source is a chart or a folder, not both");
        }
        (None, None, None) => {
            out.report(source.missing("path"), "a source names a folder by `path` or a chart by `chart`");
        }
        _ => {}
    }
    match source.target_revision().filter(|revision| !revision.is_empty()) {
        None if is_chart => {
            out.report(source.missing("targetRevision"), "any version of the chart is taken");
        }
        None => {
            out.report(source.missing("targetRevision"), "follows the default branch, which moves");
        }
        Some(revision) if is_templated(&revision) => {}
        Some(revision) if is_chart && is_range(&revision) => {
            out.report(revision, format_args!("`{}` is a range of chart versions", shown(&revision)));
        }
        Some(revision) if !is_chart && params.is_floating(&revision) => {
            out.report(revision, format_args!("follows `{}`, which moves", shown(&revision)));
        }
        Some(_) => {}
    }
}

fn check_destination(spec: ApplicationSpec<'_>, out: &mut Findings) {
    let Some(destination) = spec.destination() else { return };
    let [server, name] = [destination.server(), destination.name()].map(|it| it.filter(|it| !it.is_empty()));
    match (server, name) {
        (Some(server), Some(_)) => {
            out.report(
                server,
                "the cluster is named by `server` and by `name`: Argo CD refuses both together",
            );
        }
        (None, None) => {
            out.report(destination.missing("server"), "names no cluster: Argo CD needs `server` or `name`");
        }
        _ => {}
    }
}

fn check_sync(spec: ApplicationSpec<'_>, out: &mut Findings) {
    let automated = spec.sync_policy().and_then(|policy| policy.automated()).filter(|it| *it.enabled());
    let Some(automated) = automated else {
        out.report(
            spec.missing("syncPolicy.automated"),
            "is not synced automatically: Git and cluster drift apart",
        );
        return;
    };
    if !*automated.self_heal() {
        out.report(automated.self_heal(), "what is changed by hand stays until Git changes");
    }
    if !*automated.prune() {
        out.report(automated.prune(), "what is deleted in Git stays in the cluster");
    }
}

impl Params {
    fn is_floating(&self, revision: &str) -> bool {
        let branch = revision.strip_prefix("refs/heads/");
        branch.is_some() || is_range(revision) || self.floating.iter().any(|it| it == revision)
    }
}

/// Whether a version of a chart, or a tag, is a condition on versions instead of one.
pub(super) fn is_range(version: &str) -> bool {
    let is_wild = |part: &str| matches!(part, "x" | "X" | "*");
    version.contains(['*', '>', '<', '^', '~', '|', ' ', ','])
        || version.trim_start_matches('v').split('.').any(is_wild)
}

/// Whether an ApplicationSet fills the value in.
fn is_templated(value: &str) -> bool {
    value.contains("{{")
}
