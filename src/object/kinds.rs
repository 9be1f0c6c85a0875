//! The kinds that Seawall knows by name.

use super::apps::{DaemonSet, Deployment, StatefulSet};
use super::autoscaling::{HorizontalPodAutoscaler, ScaledObject};
use super::batch::{CronJob, Job};
use super::configuration::{ConfigMap, Secret};
use super::disruption::PodDisruptionBudget;
use super::external_secrets::{ExternalSecret, SecretStore};
use super::gateway::HttpRoute;
use super::gitops::{Application, ApplicationSet, FluxKustomization, FluxSource, HelmChart, HelmRelease};
use super::meta::{Object, ObjectMeta};
use super::monitoring::Monitor;
use super::network::{Ingress, IngressClass, NetworkPolicy, Service};
use super::node::ClusterNode;
use super::openshift::SecurityContextConstraints;
use super::operation::Operation;
use super::pod_spec::PodTemplate;
use super::quota::{LimitRange, ResourceQuota};
use super::rbac::{Role, RoleBinding, ServiceAccount};
use super::scheduling::PriorityClass;
use super::secret_sources::{Certificate, SealedSecret};
use super::shape::Shape;
use super::storage::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use super::subresources::{ConnectOptions, PodExecOptions, Scale};
use super::vertical_autoscaling::VerticalPodAutoscaler;
use super::webhooks::WebhookConfiguration;
use super::{Int, View, lens::lens};
use std::hash::{Hash, Hasher};

/// A kind of the Kubernetes API.
#[derive(Debug)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// The version that the lenses read; the API server converts every other one to it.
    pub version: &'static str,
    /// The name in `kind`.
    pub name: &'static str,
    /// The name in URLs; empty for what only arrives for a subresource.
    pub plural: &'static str,
    /// Subresources by which objects of the kind arrive, besides the objects themselves.
    pub subresources: &'static [Resource],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Whether the API server asks a webhook about objects of the kind; about those that make up admission it does not.
    pub asked: bool,
    /// Where the Pod template is: keys from the root; empty for a Pod itself.
    pub pod_template: Option<&'static [&'static str]>,
    /// The shape of the fields that are read.
    pub shape: &'static Shape,
}

impl Kind {
    /// Group and version as `apiVersion` has them.
    pub fn api_version(&self) -> String {
        let Self { group, version, .. } = self;
        if group.is_empty() { (*version).to_owned() } else { format!("{group}/{version}") }
    }

    /// Whether objects of the kind are Pods or carry the template of one.
    pub fn carries_pod(&self) -> bool {
        self.pod_template.is_some() || self == &CUSTOM_WORKLOAD
    }

    /// The shape of what may be known of an object that only stands beside one under review. Of Secrets and ConfigMaps it
    /// is what all objects have, whatever is read of them when they arrive themselves: nobody asks a cluster for what is in
    /// all its Secrets. Nor is more known of Pods: there are many, and the workload that makes them says what is in them.
    pub fn shape_beside(&self) -> &'static Shape {
        if [&SECRET, &CONFIG_MAP, &POD].contains(&self) {
            return &<Object<'static> as View<'static>>::SHAPE;
        }
        self.shape
    }

    /// The kinds of the objects that it arrives for: those of a `scale`, the Pod of an `exec`.
    pub fn parents(&self) -> impl Iterator<Item = &'static Kind> {
        let parents = self.subresources.iter().filter_map(|it| Some((it.group, it.name.split_once('/')?.0)));
        parents.filter_map(|(group, plural)| of_resource(group, plural)).filter(move |parent| *parent != self)
    }

    /// Everything by which objects of the kind arrive at a webhook.
    pub fn resources(&self) -> impl Iterator<Item = Resource> {
        let object =
            Resource { group: self.group, version: self.version, name: self.plural, operations: OF_OBJECTS };
        let object = (self.asked && !self.plural.is_empty()).then_some(object);
        object.into_iter().chain(self.subresources.iter().copied())
    }
}

/// A resource of the API, as the rules of a webhook name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Version.
    pub version: &'static str,
    /// The name in URLs, with the subresource after a slash.
    pub name: &'static str,
    /// What can be done with it that a webhook is asked about.
    pub operations: &'static [Operation],
}

/// What can be done with objects that a webhook is asked about.
pub const OF_OBJECTS: &[Operation] = &[Operation::Create, Operation::Update, Operation::Delete];

const fn updated(group: &'static str, name: &'static str) -> Resource {
    Resource { group, version: "v1", name, operations: &[Operation::Update] }
}

const fn connected(group: &'static str, name: &'static str) -> Resource {
    Resource { group, version: "v1", name, operations: &[Operation::Connect] }
}

/// What changes a running Pod: the whole Pod arrives.
const IN_PLACE: &[Resource] = &[updated("", "pods/ephemeralcontainers"), updated("", "pods/resize")];

const SCALES: &[Resource] = &[
    updated("", "replicationcontrollers/scale"),
    updated("apps", "deployments/scale"),
    updated("apps", "replicasets/scale"),
    updated("apps", "statefulsets/scale"),
];

const EXEC: &[Resource] = &[connected("", "pods/exec")];
const ATTACH: &[Resource] = &[connected("", "pods/attach")];
const PORT_FORWARD: &[Resource] = &[connected("", "pods/portforward")];
const EVICTIONS: &[Resource] =
    &[Resource { group: "", version: "v1", name: "pods/eviction", operations: &[Operation::Create] }];
const POD_PROXY: &[Resource] = &[connected("", "pods/proxy")];
const SERVICE_PROXY: &[Resource] = &[connected("", "services/proxy")];
const NODE_PROXY: &[Resource] = &[connected("", "nodes/proxy")];

/// There is one of each, so that it is known by where it stands: kinds are compared more often than anything else.
impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Kind {}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self, state);
    }
}

const TEMPLATE: &[&str] = &["spec", "template"];

macro_rules! kinds {
    ($(
        $const:ident = $group:literal $version:literal $name:literal $plural:literal
        $scope:ident $shape:ident $(in $template:expr)? $(=> also $subresources:expr)? $(, $asked:ident)?;
    )*) => {
        $(
            #[doc = concat!("`", $name, "` of the group `", $group, "`.")]
            pub static $const: Kind = Kind {
                group: $group,
                version: $version,
                name: $name,
                plural: $plural,
                subresources: kinds!(@list $($subresources)?),
                namespaced: kinds!(@namespaced $scope),
                asked: kinds!(@asked $($asked)?),
                pod_template: kinds!(@template $($template)?),
                shape: &<$shape<'static> as View<'static>>::SHAPE,
            };
        )*

        /// Every kind there is a name for, carriers of Pods first.
        pub const ALL: &[&Kind] = &[$(&$const),*];
    };
    (@namespaced namespaced) => { true };
    (@namespaced cluster) => { false };
    (@asked) => { true };
    (@asked unasked) => { false };
    (@list) => { &[] };
    (@list $subresources:expr) => { $subresources };
    (@template) => { None };
    (@template $template:expr) => { Some($template) };
}

kinds! {
    POD = "" "v1" "Pod" "pods" namespaced PodTemplate in &[] => also IN_PLACE;
    POD_TEMPLATE = "" "v1" "PodTemplate" "podtemplates" namespaced PodTemplateShape in &["template"];
    REPLICATION_CONTROLLER = "" "v1" "ReplicationController" "replicationcontrollers" namespaced WorkloadShape
        in TEMPLATE;
    REPLICA_SET = "apps" "v1" "ReplicaSet" "replicasets" namespaced WorkloadShape in TEMPLATE;
    DEPLOYMENT = "apps" "v1" "Deployment" "deployments" namespaced Deployment in TEMPLATE;
    STATEFUL_SET = "apps" "v1" "StatefulSet" "statefulsets" namespaced StatefulSet in TEMPLATE;
    DAEMON_SET = "apps" "v1" "DaemonSet" "daemonsets" namespaced DaemonSet in TEMPLATE;
    JOB = "batch" "v1" "Job" "jobs" namespaced Job in TEMPLATE;
    CRON_JOB = "batch" "v1" "CronJob" "cronjobs" namespaced CronJob
        in &["spec", "jobTemplate", "spec", "template"];
    SERVICE = "" "v1" "Service" "services" namespaced Service;
    CONFIG_MAP = "" "v1" "ConfigMap" "configmaps" namespaced ConfigMap;
    SECRET = "" "v1" "Secret" "secrets" namespaced Secret;
    SERVICE_ACCOUNT = "" "v1" "ServiceAccount" "serviceaccounts" namespaced ServiceAccount;
    PERSISTENT_VOLUME_CLAIM = "" "v1" "PersistentVolumeClaim" "persistentvolumeclaims" namespaced
        PersistentVolumeClaim;
    PERSISTENT_VOLUME = "" "v1" "PersistentVolume" "persistentvolumes" cluster PersistentVolume;
    STORAGE_CLASS = "storage.k8s.io" "v1" "StorageClass" "storageclasses" cluster StorageClass;
    LIMIT_RANGE = "" "v1" "LimitRange" "limitranges" namespaced LimitRange;
    RESOURCE_QUOTA = "" "v1" "ResourceQuota" "resourcequotas" namespaced ResourceQuota;
    NODE = "" "v1" "Node" "nodes" cluster ClusterNode;
    PRIORITY_CLASS = "scheduling.k8s.io" "v1" "PriorityClass" "priorityclasses" cluster PriorityClass;
    NAMESPACE = "" "v1" "Namespace" "namespaces" cluster Object;
    INGRESS = "networking.k8s.io" "v1" "Ingress" "ingresses" namespaced Ingress;
    INGRESS_CLASS = "networking.k8s.io" "v1" "IngressClass" "ingressclasses" cluster IngressClass;
    HTTP_ROUTE = "gateway.networking.k8s.io" "v1" "HTTPRoute" "httproutes" namespaced HttpRoute;
    NETWORK_POLICY = "networking.k8s.io" "v1" "NetworkPolicy" "networkpolicies" namespaced
        NetworkPolicy;
    CILIUM_NETWORK_POLICY = "cilium.io" "v2" "CiliumNetworkPolicy" "ciliumnetworkpolicies" namespaced Object;
    CILIUM_CLUSTERWIDE_NETWORK_POLICY = "cilium.io" "v2" "CiliumClusterwideNetworkPolicy"
        "ciliumclusterwidenetworkpolicies" cluster Object;
    ROLE = "rbac.authorization.k8s.io" "v1" "Role" "roles" namespaced Role;
    ROLE_BINDING = "rbac.authorization.k8s.io" "v1" "RoleBinding" "rolebindings" namespaced RoleBinding;
    CLUSTER_ROLE = "rbac.authorization.k8s.io" "v1" "ClusterRole" "clusterroles" cluster Role;
    CLUSTER_ROLE_BINDING = "rbac.authorization.k8s.io" "v1" "ClusterRoleBinding" "clusterrolebindings"
        cluster RoleBinding;
    CUSTOM_RESOURCE_DEFINITION = "apiextensions.k8s.io" "v1" "CustomResourceDefinition" "customresourcedefinitions"
        cluster Object;
    HORIZONTAL_POD_AUTOSCALER = "autoscaling" "v2" "HorizontalPodAutoscaler" "horizontalpodautoscalers" namespaced
        HorizontalPodAutoscaler;
    SCALED_OBJECT = "keda.sh" "v1alpha1" "ScaledObject" "scaledobjects" namespaced ScaledObject;
    VERTICAL_POD_AUTOSCALER = "autoscaling.k8s.io" "v1" "VerticalPodAutoscaler" "verticalpodautoscalers" namespaced
        VerticalPodAutoscaler;
    POD_DISRUPTION_BUDGET = "policy" "v1" "PodDisruptionBudget" "poddisruptionbudgets" namespaced
        PodDisruptionBudget;
    SECURITY_CONTEXT_CONSTRAINTS = "security.openshift.io" "v1" "SecurityContextConstraints"
        "securitycontextconstraints" cluster SecurityContextConstraints;
    EXTERNAL_SECRET = "external-secrets.io" "v1" "ExternalSecret" "externalsecrets" namespaced ExternalSecret;
    SECRET_STORE = "external-secrets.io" "v1" "SecretStore" "secretstores" namespaced SecretStore;
    CLUSTER_SECRET_STORE = "external-secrets.io" "v1" "ClusterSecretStore" "clustersecretstores" cluster SecretStore;
    SEALED_SECRET = "bitnami.com" "v1alpha1" "SealedSecret" "sealedsecrets" namespaced SealedSecret;
    CERTIFICATE = "cert-manager.io" "v1" "Certificate" "certificates" namespaced Certificate;
    SERVICE_MONITOR = "monitoring.coreos.com" "v1" "ServiceMonitor" "servicemonitors" namespaced Monitor;
    POD_MONITOR = "monitoring.coreos.com" "v1" "PodMonitor" "podmonitors" namespaced Monitor;
    APPLICATION = "argoproj.io" "v1alpha1" "Application" "applications" namespaced Application;
    APPLICATION_SET = "argoproj.io" "v1alpha1" "ApplicationSet" "applicationsets" namespaced ApplicationSet;
    GIT_REPOSITORY = "source.toolkit.fluxcd.io" "v1" "GitRepository" "gitrepositories" namespaced FluxSource;
    OCI_REPOSITORY = "source.toolkit.fluxcd.io" "v1" "OCIRepository" "ocirepositories" namespaced FluxSource;
    HELM_REPOSITORY = "source.toolkit.fluxcd.io" "v1" "HelmRepository" "helmrepositories" namespaced FluxSource;
    HELM_CHART = "source.toolkit.fluxcd.io" "v1" "HelmChart" "helmcharts" namespaced HelmChart;
    HELM_RELEASE = "helm.toolkit.fluxcd.io" "v2" "HelmRelease" "helmreleases" namespaced HelmRelease;
    FLUX_KUSTOMIZATION = "kustomize.toolkit.fluxcd.io" "v1" "Kustomization" "kustomizations" namespaced
        FluxKustomization;
    VALIDATING_WEBHOOK_CONFIGURATION = "admissionregistration.k8s.io" "v1" "ValidatingWebhookConfiguration"
        "validatingwebhookconfigurations" cluster WebhookConfiguration, unasked;
    MUTATING_WEBHOOK_CONFIGURATION = "admissionregistration.k8s.io" "v1" "MutatingWebhookConfiguration"
        "mutatingwebhookconfigurations" cluster WebhookConfiguration, unasked;
    SCALE = "autoscaling" "v1" "Scale" "" namespaced Scale => also SCALES;
    EVICTION = "policy" "v1" "Eviction" "" namespaced Object => also EVICTIONS;
    POD_EXEC_OPTIONS = "" "v1" "PodExecOptions" "" namespaced PodExecOptions => also EXEC;
    POD_ATTACH_OPTIONS = "" "v1" "PodAttachOptions" "" namespaced ConnectOptions => also ATTACH;
    POD_PORT_FORWARD_OPTIONS = "" "v1" "PodPortForwardOptions" "" namespaced ConnectOptions => also PORT_FORWARD;
    POD_PROXY_OPTIONS = "" "v1" "PodProxyOptions" "" namespaced ConnectOptions => also POD_PROXY;
    SERVICE_PROXY_OPTIONS = "" "v1" "ServiceProxyOptions" "" namespaced ConnectOptions => also SERVICE_PROXY;
    NODE_PROXY_OPTIONS = "" "v1" "NodeProxyOptions" "" cluster ConnectOptions => also NODE_PROXY;
}

/// The kind whose objects have this plural in URLs.
pub fn of_resource(group: &str, plural: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.group == group && kind.plural == plural && !plural.is_empty())
}

/// Stands for every custom resource that the configuration declares to carry Pods: no policy tells them apart, and
/// a declaration says where the template is ([`Workload`](super::workload::Workload)). It is not in [`ALL`], because
/// no object has this name.
pub static CUSTOM_WORKLOAD: Kind = Kind {
    group: "",
    version: "",
    name: "CustomWorkload",
    plural: "",
    subresources: &[],
    namespaced: true,
    asked: true,
    pod_template: None,
    shape: &<Object<'static> as View<'static>>::SHAPE,
};

/// Stands for every kind without a name here that was written in an API version with an end, or that is on its way
/// out ([`lifecycle`](super::lifecycle)): policies about API versions know no more of it. Files have such objects. No
/// webhook asks to be called for them: a Lease is written by every node, all the time.
pub static OUTDATED: Kind = Kind {
    group: "",
    version: "",
    name: "OutdatedKind",
    plural: "",
    subresources: &[],
    namespaced: false,
    asked: false,
    pod_template: None,
    shape: &<Object<'static> as View<'static>>::SHAPE,
};

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

/// Whatever carries a Pod, those included that the configuration declares: what policies about Pods look at.
pub const ANY_POD_CARRIER: &[&Kind] = &with::<{ POD_CARRIERS.len() + 1 }>(&CUSTOM_WORKLOAD, POD_CARRIERS);

/// Whatever carries a Pod and one more kind, for policies about what both can have.
pub const fn pod_carriers_and(kind: &'static Kind) -> [&'static Kind; ANY_POD_CARRIER.len() + 1] {
    with(kind, ANY_POD_CARRIER)
}

/// What an application is made of: what runs, what leads to it, and what it keeps.
pub const OF_APPLICATIONS: &[&Kind] = &with::<{ ANY_POD_CARRIER.len() + 3 }>(
    &SERVICE,
    &with::<{ ANY_POD_CARRIER.len() + 2 }>(&INGRESS, &pod_carriers_and(&PERSISTENT_VOLUME_CLAIM)),
);

/// What people and pipelines make, bare Pods included.
pub const WRITTEN: &[&Kind] = &with::<{ DECLARED.len() + 1 }>(&POD, DECLARED);

/// The kinds of a list and one more: `N` is what that makes.
pub const fn with<const N: usize>(kind: &'static Kind, list: &[&'static Kind]) -> [&'static Kind; N] {
    // What is not overwritten is the last one.
    let mut kinds = [kind; N];
    let (listed, _) = kinds.split_at_mut(list.len());
    listed.copy_from_slice(list);
    kinds
}

/// Carriers whose Pods run until somebody stops them. A bare Pod is among them, and whatever the configuration
/// declares; their `restartPolicy` has the last word
/// ([`Pod::is_long_running`](super::pod::Pod::is_long_running)).
pub const LONG_RUNNING: &[&Kind] =
    &[&POD, &REPLICATION_CONTROLLER, &REPLICA_SET, &DEPLOYMENT, &STATEFUL_SET, &DAEMON_SET, &CUSTOM_WORKLOAD];

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
    &RESOURCE_QUOTA,
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
    &EXTERNAL_SECRET,
    &SECRET_STORE,
    &CLUSTER_SECRET_STORE,
];

/// Every kind that a subject can be of: those with a name, and the two that stand for others.
pub fn of_subjects() -> impl Iterator<Item = &'static Kind> {
    ALL.iter().copied().chain([&CUSTOM_WORKLOAD, &OUTDATED])
}

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

    /// A workload of which nothing but the template and the number of Pods is read, as far as its shape goes.
    WorkloadShape {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: WorkloadSpecShape,
    }

    /// The part of a workload's `spec` that is read.
    WorkloadSpecShape {
        "replicas" => replicas: Int = 1,
        "template" => template: PodTemplate,
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
        for kind in ALL.iter().filter(|kind| !kind.name.ends_with("Options")) {
            let error = shape::check(tree.root().unwrap(), kind.shape).unwrap_err();
            assert_eq!(error.path, "metadata.labels.app", "{}", kind.name);
        }
    }

    #[test]
    fn every_kind_arrives_by_something() {
        let arrivals = |kind: &Kind| -> Vec<String> {
            let shown = |it: Resource| {
                let operations: Vec<_> = it.operations.iter().map(|operation| operation.as_str()).collect();
                format!("{} {}/{} {}", operations.join("|"), it.group, it.version, it.name)
            };
            kind.resources().map(shown).collect()
        };
        for (kind, expected) in [
            (
                &POD,
                &[
                    "CREATE|UPDATE|DELETE /v1 pods",
                    "UPDATE /v1 pods/ephemeralcontainers",
                    "UPDATE /v1 pods/resize",
                ][..],
            ),
            (&HORIZONTAL_POD_AUTOSCALER, &["CREATE|UPDATE|DELETE autoscaling/v2 horizontalpodautoscalers"]),
            (&POD_EXEC_OPTIONS, &["CONNECT /v1 pods/exec"]),
            (&NODE_PROXY_OPTIONS, &["CONNECT /v1 nodes/proxy"]),
            (&MUTATING_WEBHOOK_CONFIGURATION, &[]),
            (&OUTDATED, &[]),
            (
                &SCALE,
                &[
                    "UPDATE /v1 replicationcontrollers/scale",
                    "UPDATE apps/v1 deployments/scale",
                    "UPDATE apps/v1 replicasets/scale",
                    "UPDATE apps/v1 statefulsets/scale",
                ],
            ),
        ] {
            assert_eq!(arrivals(kind), expected, "{}", kind.name);
        }
        assert!(ALL.iter().all(|kind| kind.resources().next().is_some() == kind.asked));
    }

    #[test]
    fn carriers_of_pods_are_those_with_a_template() {
        let with_template: Vec<_> = ALL.iter().filter(|kind| kind.pod_template.is_some()).collect();
        assert_eq!(with_template, POD_CARRIERS.iter().collect::<Vec<_>>());
        let (custom, known) = ANY_POD_CARRIER.split_last().unwrap();
        assert_eq!((*custom, known), (&CUSTOM_WORKLOAD, POD_CARRIERS));
        assert!(ANY_POD_CARRIER.iter().all(|kind| kind.carries_pod()) && !SERVICE.carries_pod());
        assert_eq!(pod_carriers_and(&SERVICE).last(), Some(&&SERVICE));
    }
}
