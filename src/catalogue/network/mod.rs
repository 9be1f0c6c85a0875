//! Network: what reaches Pods, and by which way.

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[];
