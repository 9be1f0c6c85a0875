//! The Pod's own types, field by field:
//! [PodSpec](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/).

use std::collections::HashSet;

use super::lens::{Bool, Int, IntOrString, List, NumberOrText, Text, lens};
use super::meta::ObjectMeta;
use super::scheduling::{Affinity, Toleration, TopologySpreadConstraint};
use super::security_context::{PodSecurityContext, SecurityContext};
use super::volume::Volume;

/// `Quantities` under a name that the table of fields can use.
type Amount<'t> = super::At<'t, super::quantity::Quantity>;

lens! {
    /// A Pod, or a template that becomes one.
    PodTemplate {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: PodSpec,
    }

    /// What a Pod runs.
    PodSpec {
        "initContainers" => init_containers: [Container],
        "containers" => containers: [Container],
        "ephemeralContainers" => ephemeral_containers: [Container],
        "volumes" => volumes: [Volume],
        "restartPolicy" => restart_policy: Text = "Always",
        "terminationGracePeriodSeconds" => termination_grace_period_seconds: Int = 30,
        "activeDeadlineSeconds" => active_deadline_seconds: Int,
        "serviceAccount" => deprecated_service_account: Text,
        "automountServiceAccountToken" => automount_service_account_token: Bool = true,
        "hostNetwork" => host_network: Bool = false,
        "hostPID" => host_pid: Bool = false,
        "hostIPC" => host_ipc: Bool = false,
        "hostUsers" => host_users: Bool = true,
        "enableServiceLinks" => enable_service_links: Bool = true,
        "shareProcessNamespace" => share_process_namespace: Bool = false,
        "hostAliases" => host_aliases: [HostAlias],
        "dnsPolicy" => dns_policy: Text = "ClusterFirst",
        "dnsConfig" => dns_config: PodDnsConfig,
        "os" => os: PodOs,
        "runtimeClassName" => runtime_class_name: Text,
        "nodeName" => node_name: Text,
        "nodeSelector" => node_selector: {Text},
        "affinity" => affinity: Affinity,
        "tolerations" => tolerations: [Toleration],
        "topologySpreadConstraints" => topology_spread_constraints: [TopologySpreadConstraint],
        "priorityClassName" => priority_class_name: Text,
        "serviceAccountName" => service_account_name: Text,
        "imagePullSecrets" => image_pull_secrets: [PullSecretReference],
        "securityContext" => security_context: PodSecurityContext,
        "resources" => resources: ResourceRequirements,
    }

    /// A container of any role.
    Container {
        "name" => name: Text,
        "image" => image: Text,
        "imagePullPolicy" => image_pull_policy: Text,
        "command" => command: [Text],
        "args" => args: [Text],
        "env" => env: [EnvVar],
        "envFrom" => env_from: [EnvFromSource],
        "ports" => ports: [ContainerPort],
        "resources" => resources: ResourceRequirements,
        "restartPolicy" => restart_policy: Text,
        "volumeMounts" => volume_mounts: [VolumeMount],
        "livenessProbe" => liveness_probe: Probe,
        "readinessProbe" => readiness_probe: Probe,
        "startupProbe" => startup_probe: Probe,
        "lifecycle" => lifecycle: Lifecycle,
        "securityContext" => security_context: SecurityContext,
        "stdin" => stdin: Bool = false,
        "tty" => tty: Bool = false,
    }

    /// An environment variable.
    EnvVar {
        "name" => name: Text,
        "value" => value: Text,
        "valueFrom" => value_from: EnvVarSource,
    }

    /// Where the value of an environment variable comes from.
    EnvVarSource {
        "secretKeyRef" => secret_key_ref: KeySelector,
        "configMapKeyRef" => config_map_key_ref: KeySelector,
        "fieldRef" => field_ref: ObjectFieldSelector,
    }

    /// One key of a Secret or a ConfigMap.
    KeySelector {
        "name" => name: Text,
        "key" => key: Text,
        "optional" => optional: Bool = false,
    }

    /// A field of the Pod itself.
    ObjectFieldSelector {
        "fieldPath" => field_path: Text,
    }

    /// A Secret or a ConfigMap of which every key becomes an environment variable.
    EnvFromSource {
        "secretRef" => secret_ref: EnvSource,
        "configMapRef" => config_map_ref: EnvSource,
    }

    /// The name of that object.
    EnvSource {
        "name" => name: Text,
        "optional" => optional: Bool = false,
    }

    /// A port of a container.
    ContainerPort {
        "name" => name: Text,
        "containerPort" => container_port: Int,
        "hostPort" => host_port: Int = 0,
        "protocol" => protocol: Text = "TCP",
    }

    /// `resources` of a container or of the whole Pod.
    ResourceRequirements {
        "requests" => requests: {Amount},
        "limits" => limits: {Amount},
    }

    /// A mount of a volume.
    VolumeMount {
        "name" => name: Text,
        "mountPath" => mount_path: Text,
        "subPath" => sub_path: Text,
        "subPathExpr" => sub_path_expr: Text,
        "readOnly" => read_only: Bool = false,
    }

    /// A probe.
    Probe {
        "exec" => exec: ExecAction,
        "httpGet" => http_get: HttpGetAction,
        "tcpSocket" => tcp_socket: TcpSocketAction,
        "grpc" => grpc: GrpcAction,
        "initialDelaySeconds" => initial_delay_seconds: Int = 0,
        "timeoutSeconds" => timeout_seconds: Int = 1,
        "periodSeconds" => period_seconds: Int = 10,
        "successThreshold" => success_threshold: Int = 1,
        "failureThreshold" => failure_threshold: Int = 3,
        "terminationGracePeriodSeconds" => termination_grace_period_seconds: Int,
    }

    /// What a container does when it has started and before it is stopped.
    Lifecycle {
        "postStart" => post_start: LifecycleHandler,
        "preStop" => pre_stop: LifecycleHandler,
    }

    /// One lifecycle hook.
    LifecycleHandler {
        "exec" => exec: ExecAction,
        "httpGet" => http_get: HttpGetAction,
        "tcpSocket" => tcp_socket: TcpSocketAction,
        "sleep" => sleep: SleepAction,
    }

    /// A command in the container.
    ExecAction {
        "command" => command: [Text],
    }

    /// A request to the container.
    HttpGetAction {
        "path" => path: Text = "/",
        "port" => port: IntOrString,
        "host" => host: Text,
        "scheme" => scheme: Text = "HTTP",
    }

    /// A connection to the container.
    TcpSocketAction {
        "port" => port: IntOrString,
        "host" => host: Text,
    }

    /// A gRPC health check.
    GrpcAction {
        "port" => port: Int,
        "service" => service: Text = "",
    }

    /// A pause.
    SleepAction {
        "seconds" => seconds: Int,
    }

    /// A Secret with the credentials of registries.
    PullSecretReference {
        "name" => name: Text = "",
    }

    /// The operating system of the Pod.
    PodOs {
        "name" => name: Text = "",
    }

    /// A line of the Pod's `/etc/hosts`.
    HostAlias {
        "ip" => ip: Text,
        "hostnames" => hostnames: [Text],
    }

    /// What the Pod's resolver is told besides what `dnsPolicy` comes to.
    PodDnsConfig {
        "options" => options: [PodDnsConfigOption],
    }

    /// An option of the resolver.
    PodDnsConfigOption {
        "name" => name: Text,
        "value" => value: Text,
    }
}

impl<'t> PodSpec<'t> {
    /// Seconds that the Pod has to stop; the kubelet takes a negative number for one.
    pub fn grace_period(self) -> i64 {
        let seconds = *self.termination_grace_period_seconds();
        if seconds < 0 { 1 } else { seconds }
    }

    /// Whether the Pod says that it is for Windows; its node selector may say so too, and does not count.
    pub fn is_windows(self) -> bool {
        self.os().is_some_and(|os| *os.name() == "windows")
    }

    /// The ServiceAccount that the Pod runs under, where it stands, by either of its names; `None` for `default`,
    /// unsaid.
    pub fn account(self) -> Option<Text<'t>> {
        let is_said = |name: &Text<'_>| !name.is_empty();
        self.service_account_name()
            .filter(is_said)
            .or_else(|| self.deprecated_service_account().filter(is_said))
    }

    /// Whether root in the Pod is nobody on the node.
    pub fn has_user_namespace(self) -> bool {
        !*self.host_users()
    }

    /// The directories and files of its node that the Pod mounts, and whether one of the mounts can write there.
    pub fn host_paths(self) -> impl Iterator<Item = (Text<'t>, bool)> {
        // Hardly any Pod has one, and then nobody need look through its mounts.
        let mut writable: Option<HashSet<&str>> = None;
        self.volumes().iter().filter_map(move |volume| {
            let path = volume.host_path()?.path()?;
            let writable = writable.get_or_insert_with(|| self.writable_volumes().collect());
            // Without a name there is nothing to mount it by, and files may leave it out.
            Some((path, volume.name().is_none_or(|name| writable.contains(*name))))
        })
    }

    /// The names of the volumes that one of the containers mounts and can write to.
    fn writable_volumes(self) -> impl Iterator<Item = &'t str> {
        let containers = [self.init_containers(), self.containers(), self.ephemeral_containers()];
        let mounts = containers.into_iter().flat_map(List::iter).flat_map(|it| it.volume_mounts().iter());
        mounts.filter(|mount| !*mount.read_only()).filter_map(|mount| mount.name().map(|name| *name))
    }
}

impl<'t> Probe<'t> {
    /// Whether the probe asks anything.
    pub fn has_handler(self) -> bool {
        self.exec().is_some()
            || self.http_get().is_some()
            || self.tcp_socket().is_some()
            || self.grpc().is_some()
    }

    /// The port that the probe asks.
    pub fn port(self) -> Option<IntOrString<'t>> {
        let by_name = self.http_get().and_then(HttpGetAction::port);
        by_name.or_else(|| self.tcp_socket()?.port()).or_else(|| {
            let port = self.grpc()?.port()?;
            Some(IntOrString::new(port, NumberOrText::Number(*port)))
        })
    }

    /// Seconds from one question to the next; the API server takes 0 for the default.
    pub fn period(self) -> i64 {
        Some(*self.period_seconds()).filter(|seconds| *seconds != 0).unwrap_or(10)
    }

    /// Failures in a row after which the probe has failed; the API server takes 0 for the default.
    pub fn failures(self) -> i64 {
        Some(*self.failure_threshold()).filter(|failures| *failures != 0).unwrap_or(3)
    }

    /// Seconds without a good answer after which the probe has failed.
    pub fn window(self) -> i64 {
        self.period().saturating_mul(self.failures())
    }
}

impl Container<'_> {
    /// The number of a port given by number or by the name of one of the container's ports, as the kubelet reads it:
    /// a number may be written as text.
    pub fn resolve_port(self, port: NumberOrText<'_>) -> Option<i64> {
        match port {
            NumberOrText::Number(number) => Some(number),
            NumberOrText::Text(name) => self
                .ports()
                .iter()
                .find(|port| port.name().is_some_and(|it| *it == name))
                .and_then(|port| port.container_port().map(|number| *number))
                .or_else(|| name.parse().ok()),
        }
    }
}
