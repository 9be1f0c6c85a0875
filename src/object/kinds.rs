//! The kinds that Seawall knows by name.

use super::autoscaling::HorizontalPodAutoscaler;
use super::disruption::PodDisruptionBudget;
use super::meta::{Object, ObjectMeta};
use super::pod_spec::PodTemplate;
use super::shape::Shape;
use super::storage::PersistentVolume;
use super::subresources::{PodExecOptions, Scale};
use super::{View, lens::lens};

/// A kind of the Kubernetes API.
#[derive(Debug)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// The name in `kind`.
    pub name: &'static str,
    /// The name in URLs, for webhook rules; empty for what only arrives for a subresource.
    pub plural: &'static str,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Where the Pod template is: keys from the root; empty for a Pod itself.
    pub pod_template: Option<&'static [&'static str]>,
    /// The shape of the fields that are read.
    pub shape: &'static Shape,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.group == other.group && self.name == other.name
    }
}

impl Eq for Kind {}

const TEMPLATE: &[&str] = &["spec", "template"];

macro_rules! kinds {
    ($(
        $const:ident = $group:literal $name:literal $plural:literal
        $scope:ident $shape:ident $(in $template:expr)?;
    )*) => {
        $(
            #[doc = concat!("`", $name, "` of the group `", $group, "`.")]
            pub static $const: Kind = Kind {
                group: $group,
                name: $name,
                plural: $plural,
                namespaced: kinds!(@namespaced $scope),
                pod_template: kinds!(@template $($template)?),
                shape: &<$shape<'static> as View<'static>>::SHAPE,
            };
        )*

        /// Every kind there is a name for, carriers of Pods first.
        pub const ALL: &[&Kind] = &[$(&$const),*];
    };
    (@namespaced namespaced) => { true };
    (@namespaced cluster) => { false };
    (@template) => { None };
    (@template $template:expr) => { Some($template) };
}

kinds! {
    POD = "" "Pod" "pods" namespaced PodTemplate in &[];
    POD_TEMPLATE = "" "PodTemplate" "podtemplates" namespaced PodTemplateShape in &["template"];
    REPLICATION_CONTROLLER = "" "ReplicationController" "replicationcontrollers" namespaced WorkloadShape
        in TEMPLATE;
    REPLICA_SET = "apps" "ReplicaSet" "replicasets" namespaced WorkloadShape in TEMPLATE;
    DEPLOYMENT = "apps" "Deployment" "deployments" namespaced WorkloadShape in TEMPLATE;
    STATEFUL_SET = "apps" "StatefulSet" "statefulsets" namespaced WorkloadShape in TEMPLATE;
    DAEMON_SET = "apps" "DaemonSet" "daemonsets" namespaced WorkloadShape in TEMPLATE;
    JOB = "batch" "Job" "jobs" namespaced WorkloadShape in TEMPLATE;
    CRON_JOB = "batch" "CronJob" "cronjobs" namespaced CronJobShape
        in &["spec", "jobTemplate", "spec", "template"];
    SERVICE = "" "Service" "services" namespaced Object;
    CONFIG_MAP = "" "ConfigMap" "configmaps" namespaced Object;
    SECRET = "" "Secret" "secrets" namespaced Object;
    SERVICE_ACCOUNT = "" "ServiceAccount" "serviceaccounts" namespaced Object;
    PERSISTENT_VOLUME_CLAIM = "" "PersistentVolumeClaim" "persistentvolumeclaims" namespaced Object;
    PERSISTENT_VOLUME = "" "PersistentVolume" "persistentvolumes" cluster PersistentVolume;
    LIMIT_RANGE = "" "LimitRange" "limitranges" namespaced Object;
    NAMESPACE = "" "Namespace" "namespaces" cluster Object;
    INGRESS = "networking.k8s.io" "Ingress" "ingresses" namespaced Object;
    NETWORK_POLICY = "networking.k8s.io" "NetworkPolicy" "networkpolicies" namespaced Object;
    ROLE = "rbac.authorization.k8s.io" "Role" "roles" namespaced Object;
    ROLE_BINDING = "rbac.authorization.k8s.io" "RoleBinding" "rolebindings" namespaced Object;
    CLUSTER_ROLE = "rbac.authorization.k8s.io" "ClusterRole" "clusterroles" cluster Object;
    CLUSTER_ROLE_BINDING = "rbac.authorization.k8s.io" "ClusterRoleBinding" "clusterrolebindings" cluster Object;
    CUSTOM_RESOURCE_DEFINITION = "apiextensions.k8s.io" "CustomResourceDefinition" "customresourcedefinitions"
        cluster Object;
    HORIZONTAL_POD_AUTOSCALER = "autoscaling" "HorizontalPodAutoscaler" "horizontalpodautoscalers" namespaced
        HorizontalPodAutoscaler;
    POD_DISRUPTION_BUDGET = "policy" "PodDisruptionBudget" "poddisruptionbudgets" namespaced
        PodDisruptionBudget;
    SCALE = "autoscaling" "Scale" "" namespaced Scale;
    POD_EXEC_OPTIONS = "" "PodExecOptions" "" namespaced PodExecOptions;
}

/// Carriers of Pods that are themselves made by people or pipelines.
pub const POD_CARRIERS: &[&Kind] = &[
    &POD,
    &POD_TEMPLATE,
    &REPLICATION_CONTROLLER,
    &REPLICA_SET,
    &DEPLOYMENT,
    &STATEFUL_SET,
    &DAEMON_SET,
    &JOB,
    &CRON_JOB,
];

/// The carriers of Pods and one more kind, for policies about what both can have.
pub const fn pod_carriers_and(kind: &'static Kind) -> [&'static Kind; POD_CARRIERS.len() + 1] {
    let mut kinds = [kind; POD_CARRIERS.len() + 1];
    let (carriers, _) = kinds.split_at_mut(POD_CARRIERS.len());
    carriers.copy_from_slice(POD_CARRIERS);
    kinds
}

/// Carriers whose Pods run until somebody stops them. A bare Pod is among them; its `restartPolicy` has the last
/// word ([`Pod::is_long_running`](super::pod::Pod::is_long_running)).
pub const LONG_RUNNING: &[&Kind] =
    &[&POD, &REPLICATION_CONTROLLER, &REPLICA_SET, &DEPLOYMENT, &STATEFUL_SET, &DAEMON_SET];

/// What people and pipelines declare: every object but Pods and ReplicaSets, which controllers make and remove
/// all the time.
pub const DECLARED: &[&Kind] = &[
    &POD_TEMPLATE,
    &REPLICATION_CONTROLLER,
    &DEPLOYMENT,
    &STATEFUL_SET,
    &DAEMON_SET,
    &JOB,
    &CRON_JOB,
    &SERVICE,
    &CONFIG_MAP,
    &SECRET,
    &SERVICE_ACCOUNT,
    &PERSISTENT_VOLUME_CLAIM,
    &PERSISTENT_VOLUME,
    &LIMIT_RANGE,
    &NAMESPACE,
    &INGRESS,
    &NETWORK_POLICY,
    &ROLE,
    &ROLE_BINDING,
    &CLUSTER_ROLE,
    &CLUSTER_ROLE_BINDING,
    &CUSTOM_RESOURCE_DEFINITION,
    &HORIZONTAL_POD_AUTOSCALER,
    &POD_DISRUPTION_BUDGET,
];

/// The kind of this group and name. The workloads that once lived in `extensions` are those of `apps`: files
/// still have them.
pub fn find(group: &str, name: &str) -> Option<&'static Kind> {
    let group = if group == "extensions" { "apps" } else { group };
    ALL.iter().copied().find(|kind| kind.name == name && kind.group == group)
}

lens! {
    /// A PodTemplate object, as far as its shape goes.
    PodTemplateShape {
        "metadata" => metadata: ObjectMeta,
        "template" => template: PodTemplate,
    }

    /// A workload with its template below `spec`, as far as its shape goes.
    WorkloadShape {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: WorkloadSpecShape,
    }

    /// The part of a workload's `spec` that is read.
    WorkloadSpecShape {
        "template" => template: PodTemplate,
    }

    /// A CronJob, as far as its shape goes.
    CronJobShape {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: CronJobSpecShape,
    }

    /// The part of a CronJob's `spec` that is read.
    CronJobSpecShape {
        "jobTemplate" => job_template: WorkloadShape,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::shape;
    use crate::tree::json;

    #[test]
    fn metadata_of_every_object_has_a_shape() {
        let tree = json::read(br#"{"metadata":{"labels":{"app":1}}}"#).unwrap();
        // What only opens a stream has no metadata.
        for kind in ALL.iter().filter(|kind| **kind != &POD_EXEC_OPTIONS) {
            let error = shape::check(tree.root().unwrap(), kind.shape).unwrap_err();
            assert_eq!(error.path, "metadata.labels.app", "{}", kind.name);
        }
    }

    #[test]
    fn carriers_of_pods_are_those_with_a_template() {
        let with_template: Vec<_> = ALL.iter().filter(|kind| kind.pod_template.is_some()).collect();
        assert_eq!(with_template, POD_CARRIERS.iter().collect::<Vec<_>>());
    }
}
