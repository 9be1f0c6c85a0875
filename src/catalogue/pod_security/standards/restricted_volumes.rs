//! `restrictedVolumes`: a Pod must have no volumes but those that Kubernetes itself provides.

use super::{Check, Owner, Version, Violation};
use crate::object::pod::Pod;
use crate::tree::Name;

/// The check.
pub static CHECK: Check = Check {
    id: "restrictedVolumes",
    since: 0,
    overrides: Some("hostPathVolumes"),
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// The types of volumes that are allowed; `image` came late, and to all versions.
static ALLOWED: [Name; 9] = [
    Name::of("configMap"),
    Name::of("csi"),
    Name::of("downwardAPI"),
    Name::of("emptyDir"),
    Name::of("ephemeral"),
    Name::of("image"),
    Name::of("persistentVolumeClaim"),
    Name::of("projected"),
    Name::of("secret"),
];

/// The types of volumes that are not allowed. A volume that says nothing is an `emptyDir`; a type that is not known
/// by name, perhaps because it is newer, is not allowed.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    pod.spec.volumes().iter().filter_map(|volume| {
        if ALLOWED.iter().any(|name| volume.node().named(name).is_some()) {
            return None;
        }
        let source = volume.sources().next()?;
        let owner = Owner::Volume(volume.name().map_or("", |name| *name));
        Some(Violation::of_text(source, owner, "is of the type", source.key()))
    })
}
