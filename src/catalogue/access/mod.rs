//! Access: what people do to running Pods.

mod exec_into_pod;
mod manual_scale;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] =
    &[Entry::of::<exec_into_pod::ExecIntoPod>(), Entry::of::<manual_scale::ManualScale>()];
