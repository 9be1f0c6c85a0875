//! `hostPathVolumes`: a Pod must not have volumes that are directories or files of its node.

use super::{Check, Owner, Version, Violation};
use crate::object::pod::Pod;

/// The check.
pub static CHECK: Check = Check {
    id: "hostPathVolumes",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `hostPath`, whatever its path.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    pod.spec.volumes().iter().filter_map(|volume| {
        let owner = Owner::Volume(volume.name().map_or("", |name| *name));
        Some(Violation::new(volume.host_path()?, owner, "is a hostPath"))
    })
}
