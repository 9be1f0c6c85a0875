//! The version of Kubernetes that API versions are judged for, and the objects that have one with an end.

use std::fmt;

use crate::catalogue::pod_security::standards::Version;
use crate::object::Place;
use crate::object::kinds::{self, Kind};
use crate::object::lifecycle::{self, Lifecycle};
use crate::object::meta::Object;
use crate::policy::prelude::*;

/// Parameters of policies that look ahead.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[schemars(rename = "TargetVersion")]
pub(in super::super) struct Params {
    /// The version of Kubernetes that is to come, such as `v1.38`; `latest` is the one after the newest that Seawall
    /// knows.
    target_version: Version,
}

impl Params {
    /// The minor version of Kubernetes 1 that is to come.
    pub(in super::super) fn minor(&self) -> u32 {
        match self.target_version {
            Version::Latest => Version::NEWEST + 1,
            Version::Minor(minor) => minor,
        }
    }
}

/// The kinds with API versions that have an end: those with a name, and one for all others.
pub(in super::super) const KINDS: &[&Kind] = &[
    &kinds::REPLICA_SET,
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::DAEMON_SET,
    &kinds::CRON_JOB,
    &kinds::INGRESS,
    &kinds::INGRESS_CLASS,
    &kinds::NETWORK_POLICY,
    &kinds::ROLE,
    &kinds::ROLE_BINDING,
    &kinds::CLUSTER_ROLE,
    &kinds::CLUSTER_ROLE_BINDING,
    &kinds::CUSTOM_RESOURCE_DEFINITION,
    &kinds::HORIZONTAL_POD_AUTOSCALER,
    &kinds::POD_DISRUPTION_BUDGET,
    &kinds::EVICTION,
    &kinds::STORAGE_CLASS,
    &kinds::PRIORITY_CLASS,
    &kinds::CERTIFICATE,
    &kinds::EXTERNAL_SECRET,
    &kinds::SECRET_STORE,
    &kinds::CLUSTER_SECRET_STORE,
    &kinds::VALIDATING_WEBHOOK_CONFIGURATION,
    &kinds::MUTATING_WEBHOOK_CONFIGURATION,
    &kinds::OUTDATED,
];

/// What becomes of the API version in which an object was written, if it has an end.
pub(in super::super) fn lifecycle(subject: &Subject<'_>) -> Option<&'static Lifecycle> {
    let written = subject.written_as();
    lifecycle::find(written.group, written.version, written.kind)
}

/// Where the API version stands; an item of a list may leave it to the list.
pub(in super::super) fn place(object: Object<'_>) -> Place<'_> {
    object.api_version().map_or(Place::from(object), Place::from)
}

/// What a message says: what was written, what becomes of it, and what to write instead.
pub(in super::super) fn message(lifecycle: &Lifecycle, end: impl fmt::Display) -> String {
    let Lifecycle { group, version, kinds, .. } = lifecycle;
    let what = match (*group, *kinds) {
        ("", [kind]) => format!("{version} {kind}"),
        _ => format!("{group}/{version}"),
    };
    let instead = lifecycle.instead.map_or_else(String::new, |instead| format!(": use `{instead}`"));
    format!("`{what}` {end}{instead}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_table_is_looked_at() {
        for it in lifecycle::ALL {
            for kind in it.kinds.iter().filter_map(|kind| kinds::find(it.group, kind)) {
                assert!(KINDS.contains(&kind), "{} {}", it.group, kind.name);
            }
        }
    }

    #[test]
    fn the_next_version_is_meant_unless_one_is_named() {
        assert_eq!(Params::default().minor(), Version::NEWEST + 1);
        assert_eq!(Params { target_version: Version::Minor(99) }.minor(), 99);
    }
}
