//! The parameter of policies whose rule is that of one check.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Check, Version, Violation};
use crate::object::pod::Pod;

/// Parameters of a policy that judges as a check does.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pinned {
    /// The version of the Pod Security Standards that is judged by: `latest`, or a version of Kubernetes such as
    /// `v1.30`. Before the version that brought the rule nothing is found.
    pub version: Version,
}

impl Pinned {
    /// Calls `report` for every field that the check does not allow at the version.
    pub fn violations<'t>(self, check: &Check, pod: &Pod<'t>, mut report: impl FnMut(Violation<'t>)) {
        if self.version.is_at_least(check.since) {
            check.each(pod, self.version, &mut report);
        }
    }
}
