//! `restrictedVolumes`: a Pod must have no volumes but those that Kubernetes itself provides.

use super::{Check, Owner, Version, Violation};
use crate::object::pod::Pod;

/// The check.
pub static CHECK: Check = Check {
    id: "restrictedVolumes",
    since: 0,
    overrides: Some("hostPathVolumes"),
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// The types of volumes that are allowed; `image` came late, and to all versions.
const ALLOWED: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The types of volumes that are not allowed. A volume that says nothing is an `emptyDir`; a type that is not known
/// by name, perhaps because it is newer, is not allowed.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    pod.spec.volumes().iter().filter_map(|volume| {
        let source = volume.sources().next()?;
        if volume.sources().any(|source| ALLOWED.contains(&source.key())) {
            return None;
        }
        let owner = Owner::Volume(volume.name().map_or("", |name| *name));
        Some(Violation::of_text(source, owner, "is of the type", source.key()))
    })
}
