//! Scheduling: which nodes a Pod lands on.

mod blanket_toleration;
mod control_plane_toleration;
mod pinned_node;
mod unapproved_node_selection;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<pinned_node::PinnedNode>(),
    Entry::of::<control_plane_toleration::ControlPlaneToleration>(),
    Entry::of::<blanket_toleration::BlanketToleration>(),
    Entry::of::<unapproved_node_selection::UnapprovedNodeSelection>(),
];
