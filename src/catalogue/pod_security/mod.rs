//! Pod security: what a container may ask of its node.

mod host_path;
mod privileged_container;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] =
    &[Entry::of::<privileged_container::PrivilegedContainer>(), Entry::of::<host_path::HostPath>()];
