//! Network: what reaches Pods, and by which way.

mod node_port_service;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[Entry::of::<node_port_service::NodePortService>()];
