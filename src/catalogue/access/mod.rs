//! Access: what people do to running Pods.

mod ephemeral_container;
mod exec_into_pod;
mod file_copy_into_pod;
mod hand_deleted_pod;
mod manual_scale;
mod swapped_pod_image;
mod tunnel_into_pod;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<exec_into_pod::ExecIntoPod>(),
    Entry::of::<file_copy_into_pod::FileCopyIntoPod>(),
    Entry::of::<tunnel_into_pod::TunnelIntoPod>(),
    Entry::of::<ephemeral_container::EphemeralContainer>(),
    Entry::of::<manual_scale::ManualScale>(),
    Entry::of::<swapped_pod_image::SwappedPodImage>(),
    Entry::of::<hand_deleted_pod::HandDeletedPod>(),
];
