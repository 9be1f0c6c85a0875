//! `hostPorts`: a container must not take a port of its node.

use super::{Check, Owner, Version, Violation};
use crate::object::NumberOrText;
use crate::object::pod::Pod;

/// The check.
pub static CHECK: Check = Check {
    id: "hostPorts",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `hostPort` but 0, which is none.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    pod.containers.iter().flat_map(|container| {
        let owner = Owner::Container(container.display_name());
        let taken = container.ports().iter().map(|port| port.host_port()).filter(|port| **port != 0);
        taken.map(move |port| Violation {
            value: Some(NumberOrText::Number(*port)),
            ..Violation::new(port, owner, "uses the hostPort")
        })
    })
}
