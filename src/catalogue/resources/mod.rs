//! Resources: what a Pod is promised, and what it may take from its neighbours.

mod missing_memory_limit;
mod missing_memory_request;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<missing_memory_request::MissingMemoryRequest>(),
    Entry::of::<missing_memory_limit::MissingMemoryLimit>(),
];
