//! Whether a Pod has the token of its account.

use crate::object::pod::Pod;
use crate::object::volume::Volume;

/// The account that a Pod has unless it names one.
pub(in crate::catalogue::rbac) const DEFAULT: &str = "default";

/// Whether the token is put into the containers, as far as the Pod itself tells. One that has been made tells all:
/// it has the volume or not.
pub(in crate::catalogue::rbac) fn is_mounted(pod: &Pod<'_>) -> bool {
    let has_volume = || pod.spec.volumes().iter().any(Volume::has_api_token);
    *pod.spec.automount_service_account_token() && (!pod.is_made() || has_volume())
}
