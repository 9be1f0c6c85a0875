//! `SEC16 writable-root-filesystem`: a container must not be able to change its own programs.

use crate::object::image::ImageReference;
use crate::object::pod::{Pod, PodContainer};
use crate::object::pod_spec::VolumeMount;
use crate::object::volume::Volume;
use crate::policy::params::AbsolutePath;
use crate::policy::prelude::*;

policy! {
    /// A container can write to the root filesystem of its image.
    ///
    /// Init, app and ephemeral containers are looked at. The message names the directories that the program is likely to
    /// write to, `/tmp` and those of some well-known images, as far as no writable volume is mounted there. Pods with
    /// `os: windows` are exempt: Windows has no read-only root filesystem.
    ///
    /// ## Why
    /// Whoever breaks into a container puts tools into it and changes its programs. What is written there is also gone
    /// with the container, and fills the disk of the node before.
    ///
    /// ## Fix
    /// Set `securityContext.readOnlyRootFilesystem: true`, with an `emptyDir` where the program writes, such as `/tmp`.
    ///
    /// A program that cannot write where it is used to may not start: see the directories that the message names, and
    /// try it before production.
    ///
    /// ## Exceptions
    /// Images that install something when they start: by a rule for them.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// volumes: [{ name: tmp, emptyDir: { sizeLimit: 64Mi } }]
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     securityContext: { readOnlyRootFilesystem: true }
    ///     volumeMounts: [{ name: tmp, mountPath: /tmp }]
    /// ```
    pub(super) WritableRootFilesystem = {
        code: "SEC16",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        yields_to: ["SEC01" in Container],
        equivalents: [
            "polaris:notReadOnlyRootFilesystem", "kube-linter:no-read-only-root-fs",
            "kube-score:container-security-context-readonlyrootfilesystem", "kyverno:require-ro-rootfs",
            "gatekeeper:read-only-root-filesystem", "trivy:KSV-0014", "kubeaudit:rootfs", "kubescape:C-0017",
        ],
        references: ["https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"],
    }
}

/// Where well-known images write, by the last part of their name, besides `/tmp` and the volume for their data.
const WRITES: &[(&str, &[&str])] = &[
    ("nginx", &["/var/cache/nginx", "/run"]),
    ("httpd", &["/usr/local/apache2/logs"]),
    ("mariadb", &["/run/mysqld"]),
    ("mysql", &["/var/run/mysqld"]),
    ("postgres", &["/var/run/postgresql"]),
];

impl Check for WritableRootFilesystem {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        if pod.spec.is_windows() {
            return;
        }
        for container in &pod.containers {
            let context = container.security_context();
            if context.and_then(|it| it.read_only_root_filesystem()).is_some_and(|it| *it) {
                continue;
            }
            let mut message =
                format!("container `{}` can write to `/`", shown_within(container.display_name(), 20));
            for (index, path) in unwritable(pod, container).enumerate() {
                message.push_str(if index == 0 { "; read-only it needs an emptyDir at `" } else { ", `" });
                message.push_str(path);
                message.push('`');
            }
            out.report(container.missing("securityContext.readOnlyRootFilesystem"), message);
        }
    }
}

/// The directories that the program is likely to write to and could not if the root filesystem was read-only.
fn unwritable<'a>(
    pod: &'a Pod<'_>,
    container: &'a PodContainer<'_>,
) -> impl Iterator<Item = &'static str> + 'a {
    let image = container.image().map_or("", |image| *image);
    let name = ImageReference::parse(image).path.rsplit('/').next().unwrap_or_default();
    let own = WRITES.iter().find(|(image, _)| *image == name).map_or(&[][..], |(_, paths)| paths);
    let has_volume = move |path: &&str| {
        let path = AbsolutePath::new(path);
        container.volume_mounts().iter().any(|mount| {
            let directory = mount.mount_path().and_then(|path| AbsolutePath::new(&path));
            path.as_ref().zip(directory).is_some_and(|(path, directory)| path.is_below(&directory))
                && is_writable(pod, mount)
        })
    };
    own.iter().chain(&["/tmp"]).copied().filter(move |path| !has_volume(path))
}

fn is_writable(pod: &Pod<'_>, mount: VolumeMount<'_>) -> bool {
    const READ_ONLY: [&str; 5] = ["configMap", "downwardAPI", "image", "projected", "secret"];
    let is_it = |volume: &Volume<'_>| volume.name().zip(mount.name()).is_some_and(|(a, b)| *a == *b);
    let volume = pod.spec.volumes().iter().find(is_it);
    // What the Pod of a StatefulSet mounts without having it is one of its claims.
    let is_claim = volume.is_none() && pod.carrier == &kinds::STATEFUL_SET;
    let can_be_written = |it: Volume<'_>| !it.sources().any(|source| READ_ONLY.contains(&source.key()));
    !*mount.read_only() && (is_claim || volume.is_some_and(can_be_written))
}
