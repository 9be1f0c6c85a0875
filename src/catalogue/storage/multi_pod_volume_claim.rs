//! `STO02 multi-pod-volume-claim`: a claim should be for one Pod alone.

use super::claims;
use crate::policy::prelude::*;

policy! {
    /// A claim lets more than one Pod use its volume.
    ///
    /// Anything but `accessModes: [ReadWriteOncePod]` does, in a claim and in the templates of a StatefulSet: `ReadWriteOnce`
    /// is for one node, and for all Pods on it.
    ///
    /// ## Why
    /// Two Pods that write to the same files without knowing of each other destroy them, and `ReadWriteOnce` does not
    /// prevent it: a drain that is slow, or a second Deployment by mistake, is enough.
    ///
    /// ## Fix
    /// Set `accessModes: [ReadWriteOncePod]`; it needs a CSI driver.
    ///
    /// ## Exceptions
    /// Files that are meant to be shared. With rolling updates the new Pod waits for the old one: use `Recreate`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: { name: data, namespace: shop }
    /// spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 8Gi } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: { name: data, namespace: shop }
    /// spec: { accessModes: [ReadWriteOncePod], resources: { requests: { storage: 8Gi } } }
    /// ```
    pub(super) MultiPodVolumeClaim = {
        code: "STO02",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: claims::KINDS,
        equivalents: ["kyverno:enforce-readwriteonce-pod"],
        references: ["https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes"],
    }
}

impl Check for MultiPodVolumeClaim {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        for claim in claims::of(subject) {
            let modes = claim.spec().map(|spec| spec.access_modes());
            let is_single = |mode: &str| mode == "ReadWriteOncePod";
            if modes.is_some_and(|modes| !modes.is_empty() && modes.iter().all(|mode| is_single(&mode))) {
                continue;
            }
            let name = shown(claims::name(claim));
            out.report(
                claim.missing("spec.accessModes"),
                format_args!("the claim `{name}` is not for one Pod alone"),
            );
        }
    }
}
