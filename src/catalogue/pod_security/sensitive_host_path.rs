//! `SEC33 sensitive-host-path`: a workload must not mount what gives its node away.

use crate::object::Text;
use crate::object::storage::PersistentVolume;
use crate::policy::params::AbsolutePath;
use crate::policy::prelude::*;

policy! {
    /// A Pod or a PersistentVolume mounts a part of its node that holds credentials, or that the node is ruled by.
    ///
    /// Sockets of container runtimes, credentials, other Pods' files and the processes of the node count even when
    /// mounted read-only; programs and settings count where a mount can write. A directory counts with all that lies
    /// in it, and so does one that they lie in: `/`, `/var`, `/run`. Paths are compared after `//`, `.` and `..` are
    /// taken out; `/var/run` is `/run`, and `C:\var` on Windows is `/var`.
    ///
    /// ## Why
    /// Who can talk to the container runtime starts privileged containers. Who reads the directory of the kubelet has
    /// the Secrets of every Pod on the node, and its identity. A read-only mount protects neither: a socket takes
    /// orders, and a secret is read.
    ///
    /// ## Fix
    /// Mount only what is needed below it, read-only, or use the API of Kubernetes instead.
    ///
    /// ## Exceptions
    /// Node agents, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// volumes: [{ name: docker, hostPath: { path: /var/run/docker.sock } }]
    /// containers: [{ name: ci, image: "ci:1.4.2", volumeMounts: [{ name: docker, mountPath: /docker.sock, readOnly: true }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// volumes: [{ name: logs, hostPath: { path: /var/log/pods } }]
    /// containers: [{ name: logs, image: "logs:1.4.2", volumeMounts: [{ name: logs, mountPath: /logs, readOnly: true }] }]
    /// ```
    pub(super) SensitiveHostPath = {
        code: "SEC33",
        since: "0.1.0",
        severity: High,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::PERSISTENT_VOLUME),
        equivalents: [
            "kube-linter:sensitive-host-mounts", "kube-linter:docker-sock",
            "kyverno:disallow-cri-sock-mount", "kyverno:docker-socket-requires-label", "trivy:KSV-0006",
            "trivy:KSV-0121", "kubeaudit:mounts", "kubescape:C-0020", "kubescape:C-0074",
        ],
        references: ["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// What must not be mounted at all.
    secret: Vec<AbsolutePath>,
    /// What must not be mounted so that it can be written to.
    ruling: Vec<AbsolutePath>,
    /// What is neither, though it lies in one of these.
    harmless: Vec<AbsolutePath>,
}

impl Default for Params {
    fn default() -> Self {
        let paths = |paths: &[&str]| paths.iter().filter_map(|path| AbsolutePath::new(path)).collect();
        Self { secret: paths(SECRET), ruling: paths(RULING), harmless: paths(HARMLESS) }
    }
}

#[rustfmt::skip]
const SECRET: &[&str] = &[
    "/run/docker.sock", "/run/containerd", "/run/crio", "/run/podman", "/run/cri-dockerd.sock", "/run/dockershim.sock",
    "/run/k3s", "/run/k0s", "/pipe/docker_engine", "/pipe/containerd-containerd",
    "/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd", "/var/lib/kube-proxy", "/var/lib/cloud",
    "/etc/rancher", "/var/lib/rancher", "/var/lib/k0s", "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers",
    "/etc/shadow", "/etc/gshadow", "/etc/ssh", "/etc/ssl/private", "/root", "/home", "/proc",
];

const RULING: &[&str] =
    &["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/opt/cni", "/sbin", "/sys", "/usr", "/windows"];

#[rustfmt::skip]
const HARMLESS: &[&str] = &[
    "/dev/dri", "/dev/fuse", "/dev/hugepages", "/dev/kvm", "/dev/net", "/dev/shm", "/dev/snd", "/dev/vfio",
    "/etc/hostname", "/etc/hosts", "/etc/localtime", "/etc/machine-id", "/etc/os-release", "/etc/resolv.conf",
    "/etc/ssl/certs", "/etc/timezone", "/proc/cpuinfo", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/uptime",
    "/usr/share/zoneinfo", "/var/lib/docker/containers", "/var/lib/kubelet/device-plugins", "/var/lib/kubelet/plugins",
    "/var/lib/kubelet/plugins_registry", "/var/lib/kubelet/pod-resources",
];

impl Check for SensitiveHostPath {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let pod = subject.pod().into_iter().flat_map(|pod| pod.spec.host_paths());
        // Who mounts a PersistentVolume, and how, is decided elsewhere.
        let volume = subject.lens::<PersistentVolume<'static>>();
        let volume = volume.and_then(|volume| volume.spec()?.host_path()?.path()).map(|path| (path, true));
        for (path, is_writable) in pod.chain(volume) {
            params.judge(path, is_writable, out);
        }
    }
}

impl Params {
    fn judge(&self, text: Text<'_>, is_writable: bool, out: &mut Findings) {
        let Some(path) = AbsolutePath::new(&text) else { return };
        if self.harmless.iter().any(|harmless| path.is_below(harmless)) {
            return;
        }
        let touched = |other: &&AbsolutePath| path.is_below(other) || other.is_below(&path);
        if let Some(secret) = self.secret.iter().find(touched) {
            let shown_path = shown(&text);
            let message = if path.as_str() == secret.as_str() {
                format!("mounts `{shown_path}`, which gives its node away")
            } else {
                let secret = shown_within(secret.as_str(), 30);
                format!("mounts `{shown_path}` of the node, which gives away `{secret}`")
            };
            out.report(text, message);
        } else if let Some(ruling) = self.ruling.iter().find(touched).filter(|_| is_writable) {
            let (path, ruling) = (shown(&text), shown_within(ruling.as_str(), 30));
            out.report(text, format_args!("mounts `{path}` of the node and can write to `{ruling}`"));
        }
    }
}
