//! `META11 loose-flux-source`: an object of Flux that does not keep the cluster as its source says.

use super::loose_argo_application::is_range;
use crate::object::gitops::{FluxKustomization, FluxSource, HelmChart, HelmRelease};
use crate::object::{Bool, Text, View};
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// An object of Flux is suspended, takes any version of a range, or leaves behind what was deleted in Git.
    ///
    /// Which addresses sources may have is for `urls` to say; by default any. Branches of Git repositories are not
    /// judged: that is how configuration is followed.
    ///
    /// ## Why
    /// What is suspended for an hour is found suspended a year later, with everything that was committed since not
    /// delivered. A range of chart versions installs on a Sunday what nobody has seen. Without `prune` what Git no longer
    /// has keeps running.
    ///
    /// ## Fix
    /// Resume what is suspended, name one version or digest, and set `prune: true`.
    ///
    /// ## Exceptions
    /// Clusters that are meant to take every patch release at once.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata: { name: shop, namespace: shop }
    /// spec:
    ///   interval: 5m
    ///   chart: { spec: { chart: shop, version: ">=1.0.0", sourceRef: { kind: HelmRepository, name: shop } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata: { name: shop, namespace: shop }
    /// spec:
    ///   interval: 5m
    ///   chart: { spec: { chart: shop, version: 1.4.2, sourceRef: { kind: HelmRepository, name: shop } } }
    /// ```
    pub(super) LooseFluxSource = {
        code: "META11",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &[
            &kinds::GIT_REPOSITORY,
            &kinds::OCI_REPOSITORY,
            &kinds::HELM_REPOSITORY,
            &kinds::HELM_CHART,
            &kinds::HELM_RELEASE,
            &kinds::FLUX_KUSTOMIZATION,
        ],
        equivalents: ["kyverno:verify-flux-sources", "kyverno:verify-git-repositories"],
        references: ["https://fluxcd.io/flux/components/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for the addresses that sources may have.
    urls: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        Self { urls: Patterns::of_default(&[".*"]) }
    }
}

impl Check for LooseFluxSource {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        if let Some(release) = subject.lens::<HelmRelease<'static>>() {
            let Some(spec) = release.spec() else { return };
            check_suspended(spec.suspend(), out);
            // Without, the chart comes from a source that is judged itself.
            if let Some(chart) = spec.chart().and_then(HelmChart::spec) {
                check_version(chart.version(), out);
            }
        } else if let Some(chart) = subject.lens::<HelmChart<'static>>() {
            let Some(spec) = chart.spec() else { return };
            check_suspended(spec.suspend(), out);
            check_version(spec.version(), out);
        } else if let Some(kustomization) = subject.lens::<FluxKustomization<'static>>() {
            let Some(spec) = kustomization.spec() else { return };
            check_suspended(spec.suspend(), out);
            if !*spec.prune() {
                out.report(spec.prune(), "what is deleted in Git stays in the cluster");
            }
        } else if let Some(source) = subject.object.and_then(|object| FluxSource::view(object.node())) {
            check_source(params, source, subject.kind() == Some(&kinds::OCI_REPOSITORY), out);
        }
    }
}

fn check_suspended(suspend: Bool<'_>, out: &mut Findings) {
    if *suspend {
        out.report(suspend, "is suspended: nothing new is delivered");
    }
}

fn check_version(version: Text<'_>, out: &mut Findings) {
    if is_range(&version) {
        out.report(version, format_args!("`{}` is a range of chart versions", shown(&version)));
    }
}

fn check_source(params: &Params, source: FluxSource<'_>, is_artifact: bool, out: &mut Findings) {
    let Some(spec) = source.spec() else { return };
    check_suspended(spec.suspend(), out);
    if let Some(url) = spec.url().filter(|url| !params.urls.is_match(url)) {
        out.report(url, "comes from an address that is not among those allowed");
    }
    let reference = spec.reference();
    if let Some(range) = reference.and_then(|it| it.semver()).filter(|range| is_range(range)) {
        out.report(range, format_args!("`{}` is a range of versions", shown(&range)));
    }
    if !is_artifact || reference.is_some_and(|it| it.digest().is_some() || it.semver().is_some()) {
        return;
    }
    match reference.and_then(|it| it.tag()) {
        Some(tag) if *tag == "latest" => {
            out.report(tag, "`latest` moves");
        }
        Some(_) => {}
        None => {
            out.report(spec.missing("ref.tag"), "without a reference `latest` is taken, which moves");
        }
    }
}
