//! What Argo CD and Flux are told to deliver, as far as it is read.

use super::lens::{Bool, Text, lens};
use super::meta::ObjectMeta;

lens! {
    /// [`Application`](https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#applications) of
    /// Argo CD.
    Application {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ApplicationSpec,
    }

    /// What is delivered from where to where, and how it is kept so.
    ApplicationSpec {
        "project" => project: Text = "default",
        "source" => source: ApplicationSource,
        "sources" => sources: [ApplicationSource],
        "destination" => destination: ApplicationDestination,
        "syncPolicy" => sync_policy: SyncPolicy,
    }

    /// A repository of manifests or of charts.
    ApplicationSource {
        "chart" => chart: Text,
        "path" => path: Text,
        "ref" => reference: Text,
        "targetRevision" => target_revision: Text,
    }

    /// The cluster that is delivered to, by its address or by its name.
    ApplicationDestination {
        "server" => server: Text,
        "name" => name: Text,
    }

    /// When the cluster is made to follow.
    SyncPolicy {
        "automated" => automated: AutomatedSync,
    }

    /// How far it follows without being told.
    AutomatedSync {
        "enabled" => enabled: Bool = true,
        "prune" => prune: Bool = false,
        "selfHeal" => self_heal: Bool = false,
    }

    /// `ApplicationSet` of Argo CD, of which the template of its Applications is read.
    ApplicationSet {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ApplicationSetSpec,
    }

    /// The template.
    ApplicationSetSpec {
        "template" => template: Application,
    }

    /// A source of [Flux](https://fluxcd.io/flux/components/source/): `GitRepository`, `OCIRepository` or
    /// `HelmRepository`.
    FluxSource {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: FluxSourceSpec,
    }

    /// Where it is, and which state of it is taken.
    FluxSourceSpec {
        "suspend" => suspend: Bool = false,
        "url" => url: Text,
        "ref" => reference: FluxReference,
    }

    /// A state of a source.
    FluxReference {
        "tag" => tag: Text,
        "semver" => semver: Text,
        "digest" => digest: Text,
    }

    /// `HelmChart` of Flux.
    HelmChart {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: HelmChartSpec,
    }

    /// Which chart; in a `HelmRelease` a template of the same.
    HelmChartSpec {
        "suspend" => suspend: Bool = false,
        "version" => version: Text = "*",
    }

    /// `HelmRelease` of Flux.
    HelmRelease {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: HelmReleaseSpec,
    }

    /// Which chart is installed.
    HelmReleaseSpec {
        "suspend" => suspend: Bool = false,
        "chart" => chart: HelmChart,
    }

    /// `Kustomization` of Flux.
    FluxKustomization {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: FluxKustomizationSpec,
    }

    /// How it is delivered.
    FluxKustomizationSpec {
        "suspend" => suspend: Bool = false,
        "prune" => prune: Bool = false,
    }
}
