//! Access: what people do to running Pods.

mod exec_into_pod;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[Entry::of::<exec_into_pod::ExecIntoPod>()];
