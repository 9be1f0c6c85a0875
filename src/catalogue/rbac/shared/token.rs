//! Whether a Pod has the token of its account.

use crate::object::kinds;
use crate::object::pod::Pod;

/// What the names of the volumes begin with by which the API server puts tokens into Pods.
const VOLUME: &str = "kube-api-access-";

/// The account that a Pod has unless it names one.
pub(in crate::catalogue::rbac) const DEFAULT: &str = "default";

/// Whether the token is put into the containers, as far as the Pod itself tells. One that has been made tells all:
/// it has the volume or not.
pub(in crate::catalogue::rbac) fn is_mounted(pod: &Pod<'_>) -> bool {
    let is_made = *pod.carrier == kinds::POD && pod.metadata.is_some_and(|metadata| metadata.uid().is_some());
    let has_volume = || {
        let mut names = pod.spec.volumes().iter().filter_map(|volume| volume.name());
        names.any(|name| name.starts_with(VOLUME))
    };
    *pod.spec.automount_service_account_token() && (!is_made || has_volume())
}
