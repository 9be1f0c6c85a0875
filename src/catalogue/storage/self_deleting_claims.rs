//! `STO05 self-deleting-claims`: data must not go with the Pods that use it.

use crate::object::apps::StatefulSet;
use crate::policy::prelude::*;

policy! {
    /// A StatefulSet deletes the claims of its Pods when it is deleted or scaled down.
    ///
    /// ## Why
    /// Deleting a StatefulSet and making it anew is how some fields are changed, and scaling it down is how a cluster is
    /// saved from a bill; both were without consequence for the data until now. With `Delete` the disks are gone, and no
    /// command brings them back.
    ///
    /// ## Fix
    /// Use `Retain`, which is the default, and delete claims by hand.
    ///
    /// ## Exceptions
    /// Caches, runners of pipelines and previews, whose data can be made again.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: { name: db, namespace: shop }
    /// spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: Delete, whenScaled: Retain } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: { name: db, namespace: shop }
    /// spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: Retain, whenScaled: Retain } }
    /// ```
    pub(super) SelfDeletingClaims = {
        code: "STO05",
        since: "0.1.0",
        severity: Medium,
        on: StatefulSet,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention"],
    }
}

impl Check for SelfDeletingClaims {
    type Params = NoParams;

    fn check(_: &NoParams, set: StatefulSet<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(policy) = set.spec().and_then(|spec| spec.claim_retention_policy()) else { return };
        for (value, event) in [(policy.when_deleted(), "deleted"), (policy.when_scaled(), "scaled down")] {
            if *value == "Delete" {
                out.report(value, format_args!("claims and their data go when the StatefulSet is {event}"));
            }
        }
    }
}
