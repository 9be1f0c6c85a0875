//! API versions: what the next version of the cluster no longer serves.

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[];
