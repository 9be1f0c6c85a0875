//! `STO10 node-local-data`: data that cannot be made again must not stay with a node.

use super::databases;
use crate::object::Place;
use crate::object::pod::Pod;
use crate::object::pod_spec::{Container, VolumeMount};
use crate::object::volume::Volume;
use crate::policy::params::AbsolutePath;
use crate::policy::prelude::*;

policy! {
    /// A database, a queue or a registry keeps its data on its node or in its container.
    ///
    /// A container of such an image passes as soon as it mounts a volume that outlives the Pod. Images are told by the last
    /// part of their path; Jobs are not looked at.
    ///
    /// ## Why
    /// An `emptyDir` and the container's own files are gone with the Pod, at every rollout and every drain; a directory of
    /// the node is lost with the node, and the next Pod starts on another one with nothing.
    ///
    /// ## Fix
    /// Mount a claim: `volumeClaimTemplates` in a StatefulSet.
    ///
    /// ## Exceptions
    /// Caches that may lose everything, and members of a cluster that copy their data from each other.
    ///
    /// ## Denied
    /// ```yaml
    /// volumes: [{ name: data, emptyDir: {} }]
    /// containers: [{ name: db, image: "postgres:17.2", volumeMounts: [{ name: data, mountPath: /var/lib/postgresql/data }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// volumes: [{ name: data, persistentVolumeClaim: { claimName: db } }]
    /// containers: [{ name: db, image: "postgres:17.2", volumeMounts: [{ name: data, mountPath: /var/lib/postgresql/data }] }]
    /// ```
    pub(super) NodeLocalData = {
        code: "STO10",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        kinds: kinds::LONG_RUNNING,
        yields_to: ["STO06" in Object],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/storage/volumes/#emptydir"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Names of images that keep data, without registry, path and tag.
    images: Vec<String>,
    /// Directories of containers in which data is kept.
    data_directories: Vec<AbsolutePath>,
}

impl Default for Params {
    fn default() -> Self {
        let directories = ["/bitnami", "/data", "/opt", "/usr/share", "/var/lib", "/var/opt"];
        Self {
            images: databases::images(),
            data_directories: directories.iter().filter_map(|path| AbsolutePath::new(path)).collect(),
        }
    }
}

impl Check for NodeLocalData {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        if !pod.is_long_running() {
            return;
        }
        for (container, image) in databases::of(pod, &params.images) {
            let name = shown(image.reference.basename());
            match params.home(container, pod) {
                Home::Lasting => {}
                Home::Volume(place, "emptyDir") => {
                    out.report(
                        place,
                        format_args!("`{name}` keeps its data in an `emptyDir`, which goes with the Pod"),
                    );
                }
                Home::Volume(place, _) => {
                    out.report(
                        place,
                        format_args!("`{name}` keeps its data on its node, and is lost with it"),
                    );
                }
                Home::Container => {
                    out.report(
                        image.text,
                        format_args!("`{name}` keeps its data in its container, which goes with the Pod"),
                    );
                }
            }
        }
    }
}

/// Where the data of a container is.
enum Home<'t> {
    /// In a volume that outlives the Pod, or in one of which nothing is known.
    Lasting,
    /// In a volume that does not.
    Volume(Place<'t>, &'t str),
    /// In no volume.
    Container,
}

impl Params {
    fn home<'t>(&self, container: Container<'t>, pod: &Pod<'t>) -> Home<'t> {
        let mut home = Home::Container;
        for mount in container.volume_mounts().iter() {
            let name = mount.name().map_or("", |name| *name);
            let is_it = |volume: &Volume<'_>| volume.name().is_some_and(|it| *it == name);
            // What is in no list is a claim of the StatefulSet, or comes from elsewhere.
            let Some(volume) = pod.spec.volumes().iter().find(is_it) else { return Home::Lasting };
            let Some(source) = volume.sources().next() else { continue };
            match source.key() {
                "configMap" | "secret" | "downwardAPI" | "projected" | "image" => {}
                "emptyDir" | "hostPath" => {
                    if self.is_for_data(mount) {
                        home = Home::Volume(source.into(), source.key());
                    }
                }
                _ => return Home::Lasting,
            }
        }
        home
    }

    fn is_for_data(&self, mount: VolumeMount<'_>) -> bool {
        let path = mount.mount_path().and_then(|path| AbsolutePath::new(&path));
        path.is_some_and(|path| self.data_directories.iter().any(|directory| path.is_below(directory)))
    }
}
