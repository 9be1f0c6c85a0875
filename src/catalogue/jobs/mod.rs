//! Jobs: work that ends, and work that comes back.

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[];
