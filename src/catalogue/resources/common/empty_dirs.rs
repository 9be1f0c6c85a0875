//! Volumes of type `emptyDir`, and the containers that can fill them.

use std::collections::HashSet;

use crate::object::At;
use crate::object::pod::{Pod, PodContainer};
use crate::object::quantity::Quantity;
use crate::object::volume::Volume;

/// An empty directory that lives as long as the Pod.
pub(in crate::catalogue::resources) struct EmptyDir<'t> {
    pub(in crate::catalogue::resources) volume: Volume<'t>,
    pub(in crate::catalogue::resources) name: &'t str,
    /// Where it is: empty for the disk of the node.
    pub(in crate::catalogue::resources) medium: &'t str,
    /// The most that it can hold; zero is no limit.
    pub(in crate::catalogue::resources) size_limit: Option<At<'t, Quantity>>,
}

/// Every `emptyDir` of a Pod. A volume that does not say what it is, is one, as the API server makes it one.
pub(in crate::catalogue::resources) fn empty_dirs<'t>(pod: &Pod<'t>) -> impl Iterator<Item = EmptyDir<'t>> {
    pod.spec.volumes().iter().filter_map(|volume| {
        let source = volume.empty_dir();
        if source.is_none() && volume.sources().next().is_some() {
            return None;
        }
        Some(EmptyDir {
            volume,
            name: volume.name().map_or("", |name| *name),
            medium: source.map_or("", |source| *source.medium()),
            size_limit: source.and_then(|source| source.size_limit()).filter(|limit| limit.is_positive()),
        })
    })
}

/// The names of the volumes that a container can write to.
pub(in crate::catalogue::resources) fn writable<'t>(
    container: &PodContainer<'t>,
) -> impl Iterator<Item = &'t str> + use<'t> {
    let mounts = container.volume_mounts().iter().filter(|mount| !*mount.read_only());
    mounts.filter_map(|mount| mount.name().map(|name| *name))
}

/// The names of the volumes that one of these containers can write to.
pub(in crate::catalogue::resources) fn written_by<'a, 't: 'a>(
    containers: impl Iterator<Item = &'a PodContainer<'t>>,
) -> HashSet<&'t str> {
    containers.flat_map(writable).collect()
}
