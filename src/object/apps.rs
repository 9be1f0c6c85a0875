//! Kinds of the API group `apps`: workloads that keep a number of Pods running.

use super::At;
use super::lens::{Int, IntOrString, NumberOrText, Place, Text, lens};
use super::meta::ObjectMeta;
use super::pod_spec::PodTemplate;
use super::selector::LabelSelector;
use super::share::Rounding;
use super::storage::PersistentVolumeClaim;

lens! {
    /// [`Deployment`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/).
    Deployment {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: DeploymentSpec,
    }

    /// How many Pods of which kind.
    DeploymentSpec {
        "replicas" => replicas: Int = 1,
        "selector" => selector: LabelSelector,
        "template" => template: PodTemplate,
        "strategy" => strategy: UpdateStrategy,
        "revisionHistoryLimit" => revision_history_limit: Int = 10,
    }

    /// [`StatefulSet`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/).
    StatefulSet {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: StatefulSetSpec,
    }

    /// How many Pods of which kind, each with a name and volumes of its own.
    StatefulSetSpec {
        "serviceName" => service_name: Text,
        "replicas" => replicas: Int = 1,
        "selector" => selector: LabelSelector,
        "template" => template: PodTemplate,
        "updateStrategy" => update_strategy: UpdateStrategy,
        "revisionHistoryLimit" => revision_history_limit: Int = 10,
        "volumeClaimTemplates" => volume_claim_templates: [PersistentVolumeClaim],
        "persistentVolumeClaimRetentionPolicy" => claim_retention_policy: ClaimRetentionPolicy,
    }

    /// What becomes of the claims of a StatefulSet.
    ClaimRetentionPolicy {
        "whenDeleted" => when_deleted: Text = "Retain",
        "whenScaled" => when_scaled: Text = "Retain",
    }

    /// [`DaemonSet`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/).
    DaemonSet {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: DaemonSetSpec,
    }

    /// Which Pod runs on every node.
    DaemonSetSpec {
        "selector" => selector: LabelSelector,
        "template" => template: PodTemplate,
        "updateStrategy" => update_strategy: UpdateStrategy,
        "revisionHistoryLimit" => revision_history_limit: Int = 10,
    }

    /// How old Pods are replaced by new ones.
    UpdateStrategy {
        "type" => kind: Text = "RollingUpdate",
        "rollingUpdate" => rolling_update: RollingUpdate,
    }

    /// How many Pods may be missing and too many while they are.
    RollingUpdate {
        "maxUnavailable" => max_unavailable: IntOrString,
        "maxSurge" => max_surge: IntOrString,
    }

    /// What Deployments and StatefulSets have in common: a number of equal Pods.
    Replicated {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ReplicatedSpec,
    }

    /// The number of Pods, and which they are.
    ReplicatedSpec {
        "replicas" => replicas: Int = 1,
        "selector" => selector: LabelSelector,
        "template" => template: PodTemplate,
    }

    /// What Deployments, StatefulSets and DaemonSets have in common: new Pods take the place of old ones.
    RolledOut {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: RolledOutSpec,
    }

    /// How they do, and how many old templates are kept.
    RolledOutSpec {
        "replicas" => replicas: Int = 1,
        "strategy" => of_deployment: UpdateStrategy,
        "updateStrategy" => of_others: UpdateStrategy,
        "revisionHistoryLimit" => revision_history_limit: Int = 10,
    }
}

impl<'t> RolledOutSpec<'t> {
    /// How old Pods are replaced: Deployments have another name for the field.
    pub fn strategy(self) -> Option<UpdateStrategy<'t>> {
        self.of_deployment().or_else(|| self.of_others())
    }
}

impl<'t> DeploymentSpec<'t> {
    /// How many Pods more than wanted a rollout may make; `None` if it makes none before the old ones are gone.
    pub fn max_surge(self) -> Option<IntOrString<'t>> {
        let strategy = self.strategy();
        if strategy.is_some_and(|strategy| *strategy.kind() != "RollingUpdate") {
            return None;
        }
        let written = strategy.and_then(|strategy| strategy.rolling_update()?.max_surge());
        Some(written.unwrap_or_else(|| {
            At::new(Place::missing(self.node(), "strategy.rollingUpdate.maxSurge"), NumberOrText::Text("25%"))
        }))
    }

    /// Whether a rollout of so many Pods makes a new one before it takes an old one away.
    pub fn surges_first(self, pods: i64) -> bool {
        let surge = self.max_surge().and_then(|surge| surge.share_of(pods, Rounding::Up));
        let written = self.strategy().and_then(|strategy| strategy.rolling_update()?.max_unavailable());
        let missing = written.map_or(NumberOrText::Text("25%"), |written| *written);
        surge.is_some_and(|surge| surge > 0) && missing.share_of(pods, Rounding::Down) == Some(0)
    }
}
