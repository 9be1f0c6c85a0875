//! Kinds of the API group `autoscaling`.

use super::kinds::{self, Kind};
use super::lens::{Int, List, Place, Text, View, lens};
use super::meta::{Object, ObjectMeta, group_of};

lens! {
    /// [`HorizontalPodAutoscaler`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/).
    /// Files may have it in v1, where one number takes the place of `metrics`; the rest is the same.
    HorizontalPodAutoscaler {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: HorizontalPodAutoscalerSpec,
    }

    /// What is scaled, and between which bounds.
    HorizontalPodAutoscalerSpec {
        "scaleTargetRef" => scale_target_ref: CrossVersionObjectReference,
        "minReplicas" => min_replicas: Int = 1,
        "maxReplicas" => max_replicas: Int,
        "targetCPUUtilizationPercentage" => target_cpu_utilization_percentage: Int,
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
        "metricType" => metric_type: Text,
        "metadata" => metadata: ScaleTriggerMetadata,
    }

    /// What a trigger for CPU or memory says besides.
    ScaleTriggerMetadata {
        "type" => kind: Text,
        "containerName" => container_name: Text,
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

    /// The object's name.
    pub fn name(self) -> &'t str {
        self.metadata().and_then(ObjectMeta::name).map_or("", |name| *name)
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
        match self {
            Self::Horizontal(autoscaler) => autoscaler.spec()?.scale_target_ref()?.target(("", "")),
            Self::Scaled(object) => object.spec()?.scale_target_ref()?.target(("apps", "Deployment")),
        }
    }

    /// The uses of resources by which it scales: there may be others, such as the length of a queue.
    pub fn loads(self) -> Vec<Load<'t>> {
        match self {
            Self::Horizontal(autoscaler) => {
                let Some(spec) = autoscaler.spec() else { return Vec::new() };
                if spec.metrics().is_empty() {
                    // The API supplies a metric then.
                    let written = spec.target_cpu_utilization_percentage().map(Place::from);
                    let place = written.unwrap_or_else(|| spec.missing("metrics"));
                    return vec![Load { place, resource: "cpu", container: None, is_of_request: true }];
                }
                spec.metrics().iter().filter_map(MetricSpec::load).collect()
            }
            Self::Scaled(object) => {
                let triggers = object.spec().into_iter().flat_map(|spec| spec.triggers().iter());
                triggers.filter_map(ScaleTrigger::load).collect()
            }
        }
    }
}

/// The use of a resource by which something is scaled.
#[derive(Clone, Copy)]
pub struct Load<'t> {
    /// Where it is said.
    pub place: Place<'t>,
    /// The resource.
    pub resource: &'t str,
    /// The only container whose use counts; `None` for all that run.
    pub container: Option<&'t str>,
    /// Whether it is measured in percent of what is requested.
    pub is_of_request: bool,
}

impl<'t> MetricSpec<'t> {
    fn load(self) -> Option<Load<'t>> {
        let (source, container) = match *self.kind() {
            "Resource" => (self.resource()?, None),
            "ContainerResource" => {
                let source = self.container_resource()?;
                (source, Some(*source.container()?))
            }
            _ => return None,
        };
        let is_of_request = source.target().is_some_and(|target| target.average_utilization().is_some());
        Some(Load { place: self.into(), resource: *source.name(), container, is_of_request })
    }
}

impl<'t> ScaleTrigger<'t> {
    fn load(self) -> Option<Load<'t>> {
        let resource = *self.kind();
        if !matches!(resource, "cpu" | "memory") {
            return None;
        }
        let more = self.metadata();
        // Where the kind of the metric stood before it had a field of its own.
        let measured = self.metric_type().or_else(|| more?.kind());
        let container = more.and_then(|more| more.container_name()).map(|name| *name);
        let container = container.filter(|name| !name.is_empty());
        let is_of_request = measured.is_none_or(|it| matches!(*it, "Utilization" | ""));
        Some(Load { place: self.into(), resource, container, is_of_request })
    }
}

impl<'t> CrossVersionObjectReference<'t> {
    /// What is referred to, with the group and the kind that are meant if none is named.
    pub(super) fn target(self, default: (&'static str, &'static str)) -> Option<ScaleTarget<'t>> {
        let written = |text: Option<Text<'t>>| text.map(|text| *text).filter(|text| !text.is_empty());
        let name = written(self.name())?;
        let group = written(self.api_version()).map_or(default.0, group_of);
        let kind = written(self.kind()).unwrap_or(default.1);
        Some(ScaleTarget { reference: self, group, kind, name })
    }
}

impl ScaleTarget<'_> {
    /// Its kind, if it is one of these.
    pub fn kind_among(&self, kinds: &[&'static Kind]) -> Option<&'static Kind> {
        kinds.iter().copied().find(|kind| self.is(kind, self.name))
    }

    /// Whether both are the same object.
    pub fn is_same(&self, other: &ScaleTarget<'_>) -> bool {
        (self.group, self.kind, self.name) == (other.group, other.kind, other.name)
    }

    /// Whether it is the object of this kind and name, whichever version of its group is named.
    pub fn is(&self, kind: &Kind, name: &str) -> bool {
        self.kind == kind.name && self.group == kind.group && self.name == name
    }
}
