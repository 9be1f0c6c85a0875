//! What a policy can look at. A target decides for which kinds a policy is called, and how often.

use std::marker::PhantomData;

use super::subject::Subject;
use crate::object::View;
use crate::object::apps::{DaemonSet, Deployment, Replicated, RolledOut, StatefulSet};
use crate::object::autoscaling::{Autoscaler, HorizontalPodAutoscaler, ScaledObject};
use crate::object::batch::{CronJob, Job};
use crate::object::configuration::{ConfigMap, Secret};
use crate::object::disruption::PodDisruptionBudget;
use crate::object::external_secrets::ExternalSecret;
use crate::object::gateway::HttpRoute;
use crate::object::gitops::{
    Application, ApplicationSet, FluxKustomization, FluxSource, HelmChart, HelmRelease,
};
use crate::object::kinds::{self, Kind};
use crate::object::network::{Ingress, NetworkPolicy, Service};
use crate::object::node::ClusterNode;
use crate::object::openshift::SecurityContextConstraints;
use crate::object::operation::Operation;
use crate::object::pod::{Image, Pod, PodContainer};
use crate::object::quota::{LimitRange, ResourceQuota};
use crate::object::rbac::{Role, RoleBinding, ServiceAccount};
use crate::object::scheduling::PriorityClass;
use crate::object::secret_sources::{Certificate, SealedSecret};
use crate::object::storage::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use crate::object::subresources::{ConnectOptions, PodExecOptions, Scale};
use crate::object::vertical_autoscaling::VerticalPodAutoscaler;
use crate::object::webhooks::WebhookConfiguration;
use crate::tree::Node;

/// Something that a policy is called for.
#[diagnostic::on_unimplemented(
    message = "no policy can be `on: {Self}`",
    label = "not something that a policy is called for",
    note = "`on:` takes what src/policy/target.rs implements `Target` for; a container is a `PodContainer`"
)]
pub trait Target {
    /// What the policy is given.
    type Item<'a>;

    /// The kinds that have it, unless the policy names its own.
    const KINDS: &'static [&'static Kind];

    /// The operations in which it is looked at, unless the policy names its own.
    const OPERATIONS: &'static [Operation] = &[Operation::Create, Operation::Update];

    /// Visits each of them in the subject.
    fn each<'a>(subject: &'a Subject<'a>, visit: impl FnMut(Self::Item<'a>));
}

/// A lens on a whole object of one kind.
pub trait KindLens {
    /// The lens.
    type At<'t>: View<'t>;

    /// The kind.
    const KIND: &'static Kind;

    /// The lens on a node.
    fn at(node: Node<'_>) -> Option<Self::At<'_>> {
        View::view(node)
    }
}

impl Target for Subject<'static> {
    type Item<'a> = &'a Subject<'a>;

    /// A policy that looks at the subject as a whole has to name its kinds.
    const KINDS: &'static [&'static Kind] = &[];

    fn each<'a>(subject: &'a Subject<'a>, mut visit: impl FnMut(&'a Subject<'a>)) {
        visit(subject);
    }
}

impl Target for Pod<'static> {
    type Item<'a> = &'a Pod<'a>;

    const KINDS: &'static [&'static Kind] = kinds::ANY_POD_CARRIER;

    fn each<'a>(subject: &'a Subject<'a>, visit: impl FnMut(&'a Pod<'a>)) {
        subject.pod().into_iter().for_each(visit);
    }
}

impl Target for PodContainer<'static> {
    type Item<'a> = &'a PodContainer<'a>;

    const KINDS: &'static [&'static Kind] = kinds::ANY_POD_CARRIER;

    fn each<'a>(subject: &'a Subject<'a>, visit: impl FnMut(&'a PodContainer<'a>)) {
        if let Some(pod) = subject.pod() {
            pod.containers.iter().for_each(visit);
        }
    }
}

/// A container of a Pod that runs until somebody stops it: app containers and sidecars, but none of a Pod that runs
/// to its end, whether it comes from a Job or is on its own. Policies about probes look at these.
///
/// Only its name is needed; what a policy is given is the [`PodContainer`].
pub struct LongRunningContainer<'t>(PhantomData<&'t ()>);

impl Target for LongRunningContainer<'static> {
    type Item<'a> = &'a PodContainer<'a>;

    const KINDS: &'static [&'static Kind] = kinds::LONG_RUNNING;

    fn each<'a>(subject: &'a Subject<'a>, visit: impl FnMut(&'a PodContainer<'a>)) {
        if let Some(pod) = subject.pod().filter(|pod| pod.is_long_running()) {
            pod.running().for_each(visit);
        }
    }
}

impl Target for Image<'static> {
    type Item<'a> = &'a Image<'a>;

    const KINDS: &'static [&'static Kind] = kinds::ANY_POD_CARRIER;

    fn each<'a>(subject: &'a Subject<'a>, visit: impl FnMut(&'a Image<'a>)) {
        if let Some(pod) = subject.pod() {
            pod.images.iter().for_each(visit);
        }
    }
}

/// An autoscaler that somebody has written: what KEDA makes of a ScaledObject is as that one says.
impl Target for Autoscaler<'static> {
    type Item<'a> = Autoscaler<'a>;

    const KINDS: &'static [&'static Kind] = &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT];

    fn each<'a>(subject: &'a Subject<'a>, visit: impl FnMut(Autoscaler<'a>)) {
        let object = subject.kind().zip(subject.judged());
        let autoscaler = object.and_then(|(kind, object)| Autoscaler::of(kind, object));
        autoscaler.filter(|autoscaler| !autoscaler.is_made_by_keda()).into_iter().for_each(visit);
    }
}

macro_rules! kind_lenses {
    ($($lens:ident: $kind:ident $(during $operations:expr)?;)*) => {$(
        impl KindLens for $lens<'static> {
            type At<'t> = $lens<'t>;
            const KIND: &'static Kind = &kinds::$kind;
        }

        impl Target for $lens<'static> {
            type Item<'a> = $lens<'a>;
            const KINDS: &'static [&'static Kind] = &[&kinds::$kind];
            $(const OPERATIONS: &'static [Operation] = $operations;)?

            fn each<'a>(subject: &'a Subject<'a>, visit: impl FnMut($lens<'a>)) {
                subject.lens::<$lens<'static>>().into_iter().for_each(visit);
            }
        }
    )*};
}

/// Lenses that fit objects of several kinds.
macro_rules! shared_lenses {
    ($($lens:ident $((during $operations:expr))?: $($kind:ident),+;)*) => {$(
        impl Target for $lens<'static> {
            type Item<'a> = $lens<'a>;
            const KINDS: &'static [&'static Kind] = &[$(&kinds::$kind),+];
            $(const OPERATIONS: &'static [Operation] = $operations;)?

            fn each<'a>(subject: &'a Subject<'a>, visit: impl FnMut($lens<'a>)) {
                subject.judged().and_then(|object| View::view(object.node())).into_iter().for_each(visit);
            }
        }
    )*};
}

shared_lenses! {
    Replicated: DEPLOYMENT, STATEFUL_SET;
    RolledOut: DEPLOYMENT, STATEFUL_SET, DAEMON_SET;
    Role: ROLE, CLUSTER_ROLE;
    RoleBinding: ROLE_BINDING, CLUSTER_ROLE_BINDING;
    FluxSource: GIT_REPOSITORY, OCI_REPOSITORY, HELM_REPOSITORY;
    WebhookConfiguration: VALIDATING_WEBHOOK_CONFIGURATION, MUTATING_WEBHOOK_CONFIGURATION;
    ConnectOptions (during &[Operation::Connect]): POD_ATTACH_OPTIONS, POD_PORT_FORWARD_OPTIONS, POD_PROXY_OPTIONS,
        SERVICE_PROXY_OPTIONS, NODE_PROXY_OPTIONS;
}

kind_lenses! {
    Deployment: DEPLOYMENT;
    StatefulSet: STATEFUL_SET;
    DaemonSet: DAEMON_SET;
    Job: JOB;
    CronJob: CRON_JOB;
    Service: SERVICE;
    Secret: SECRET;
    ServiceAccount: SERVICE_ACCOUNT;
    ConfigMap: CONFIG_MAP;
    LimitRange: LIMIT_RANGE;
    ClusterNode: NODE;
    PriorityClass: PRIORITY_CLASS;
    SealedSecret: SEALED_SECRET;
    Certificate: CERTIFICATE;
    ExternalSecret: EXTERNAL_SECRET;
    Ingress: INGRESS;
    HttpRoute: HTTP_ROUTE;
    NetworkPolicy: NETWORK_POLICY;
    PersistentVolume: PERSISTENT_VOLUME;
    PersistentVolumeClaim: PERSISTENT_VOLUME_CLAIM;
    StorageClass: STORAGE_CLASS;
    ResourceQuota: RESOURCE_QUOTA;
    ScaledObject: SCALED_OBJECT;
    SecurityContextConstraints: SECURITY_CONTEXT_CONSTRAINTS;
    HorizontalPodAutoscaler: HORIZONTAL_POD_AUTOSCALER;
    VerticalPodAutoscaler: VERTICAL_POD_AUTOSCALER;
    PodDisruptionBudget: POD_DISRUPTION_BUDGET;
    Application: APPLICATION;
    ApplicationSet: APPLICATION_SET;
    HelmChart: HELM_CHART;
    HelmRelease: HELM_RELEASE;
    FluxKustomization: FLUX_KUSTOMIZATION;
    Scale: SCALE;
    PodExecOptions: POD_EXEC_OPTIONS during &[Operation::Connect];
}
