//! Kinds of the API group `autoscaling`.

use super::kinds::{self, Kind};
use super::lens::{Int, List, Text, View, lens};
use super::meta::{Object, ObjectMeta, group_of};

lens! {
    /// [`HorizontalPodAutoscaler`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/);
    /// what is read here is the same in v1 and v2.
    HorizontalPodAutoscaler {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: HorizontalPodAutoscalerSpec,
    }

    /// What is scaled, and between which bounds.
    HorizontalPodAutoscalerSpec {
        "scaleTargetRef" => scale_target_ref: CrossVersionObjectReference,
        "minReplicas" => min_replicas: Int = 1,
        "maxReplicas" => max_replicas: Int,
        "metrics" => metrics: [MetricSpec],
        "behavior" => behavior: HorizontalPodAutoscalerBehavior,
    }

    /// What decides how many there are.
    MetricSpec {
        "type" => kind: Text = "",
        "resource" => resource: ResourceMetricSource,
        "containerResource" => container_resource: ResourceMetricSource,
    }

    /// The use of a resource, by whole Pods or by one container of each.
    ResourceMetricSource {
        "name" => name: Text = "",
        "container" => container: Text,
        "target" => target: MetricTarget,
    }

    /// The value that is aimed at.
    MetricTarget {
        "averageUtilization" => average_utilization: Int,
    }

    /// How fast the number may change.
    HorizontalPodAutoscalerBehavior {
        "scaleUp" => scale_up: HpaScalingRules,
        "scaleDown" => scale_down: HpaScalingRules,
    }

    /// How fast it may change in one direction.
    HpaScalingRules {
        "stabilizationWindowSeconds" => stabilization_window_seconds: Int,
    }

    /// [`ScaledObject`](https://keda.sh/docs/latest/reference/scaledobject-spec/) of KEDA.
    ScaledObject {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ScaledObjectSpec,
    }

    /// What is scaled, between which bounds, and by what.
    ScaledObjectSpec {
        "scaleTargetRef" => scale_target_ref: CrossVersionObjectReference,
        "idleReplicaCount" => idle_replica_count: Int,
        "minReplicaCount" => min_replica_count: Int = 0,
        "maxReplicaCount" => max_replica_count: Int = 100,
        "triggers" => triggers: [ScaleTrigger],
    }

    /// Something that decides how many there are.
    ScaleTrigger {
        "type" => kind: Text = "",
    }

    /// A reference to an object of the same namespace, whichever version of its group is used.
    CrossVersionObjectReference {
        "apiVersion" => api_version: Text,
        "kind" => kind: Text,
        "name" => name: Text,
    }
}

/// What scales a workload, of either kind.
#[derive(Clone, Copy)]
pub enum Autoscaler<'t> {
    /// Of Kubernetes.
    Horizontal(HorizontalPodAutoscaler<'t>),
    /// Of KEDA, which makes a HorizontalPodAutoscaler of it.
    Scaled(ScaledObject<'t>),
}

/// What is scaled.
#[derive(Clone, Copy)]
pub struct ScaleTarget<'t> {
    /// Where it is referred to.
    pub reference: CrossVersionObjectReference<'t>,
    /// API group; empty for the core group.
    pub group: &'t str,
    /// The name in `kind`.
    pub kind: &'t str,
    /// Its name.
    pub name: &'t str,
}

impl<'t> Autoscaler<'t> {
    /// The object as an autoscaler, if it is of one of their kinds.
    pub fn of(kind: &Kind, object: Object<'t>) -> Option<Self> {
        if *kind == kinds::HORIZONTAL_POD_AUTOSCALER {
            return View::view(object.node()).map(Self::Horizontal);
        }
        (*kind == kinds::SCALED_OBJECT).then(|| View::view(object.node()).map(Self::Scaled)).flatten()
    }

    /// The kind of the object.
    pub fn kind(self) -> &'static Kind {
        match self {
            Self::Horizontal(_) => &kinds::HORIZONTAL_POD_AUTOSCALER,
            Self::Scaled(_) => &kinds::SCALED_OBJECT,
        }
    }

    /// The object's metadata.
    pub fn metadata(self) -> Option<ObjectMeta<'t>> {
        match self {
            Self::Horizontal(autoscaler) => autoscaler.metadata(),
            Self::Scaled(object) => object.metadata(),
        }
    }

    /// Whether KEDA keeps it as its ScaledObject says.
    pub fn is_made_by_keda(self) -> bool {
        let owners = self.metadata().map(ObjectMeta::owner_references);
        let mut kinds = owners.into_iter().flat_map(List::iter).filter_map(|owner| owner.kind());
        kinds.any(|kind| *kind == kinds::SCALED_OBJECT.name)
    }

    /// How many Pods there are at least. A ScaledObject that may idle has none.
    pub fn min_replicas(self) -> Option<Int<'t>> {
        match self {
            Self::Horizontal(autoscaler) => Some(autoscaler.spec()?.min_replicas()),
            Self::Scaled(object) => {
                let spec = object.spec()?;
                Some(spec.idle_replica_count().unwrap_or(spec.min_replica_count()))
            }
        }
    }

    /// How many there are at most.
    pub fn max_replicas(self) -> Option<Int<'t>> {
        match self {
            Self::Horizontal(autoscaler) => autoscaler.spec()?.max_replicas(),
            Self::Scaled(object) => Some(object.spec()?.max_replica_count()),
        }
    }

    /// What it scales.
    pub fn target(self) -> Option<ScaleTarget<'t>> {
        let (reference, default) = match self {
            Self::Horizontal(autoscaler) => (autoscaler.spec()?.scale_target_ref()?, ("", "")),
            Self::Scaled(object) => (object.spec()?.scale_target_ref()?, ("apps", "Deployment")),
        };
        let written = |text: Option<Text<'t>>| text.map(|text| *text).filter(|text| !text.is_empty());
        let name = written(reference.name())?;
        let group = written(reference.api_version()).map_or(default.0, group_of);
        let kind = written(reference.kind()).unwrap_or(default.1);
        Some(ScaleTarget { reference, group, kind, name })
    }
}

impl ScaleTarget<'_> {
    /// Whether it is the object of this kind and name, whichever version of its group is named.
    pub fn is(&self, kind: &Kind, name: &str) -> bool {
        self.kind == kind.name && self.group == kind.group && self.name == name
    }
}
