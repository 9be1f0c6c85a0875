//! `NSP11 pod-security-downgrade`: the door that a namespace has closed must not be opened again in passing.

use super::{ENFORCE, LEVELS, enforced_level};
use crate::object::Place;
use crate::policy::prelude::*;

policy! {
    /// An update lowers the Pod Security Standard that a Namespace enforces, or takes its label away.
    ///
    /// A Namespace without the label enforces what the API server was configured to, which is nothing unless somebody
    /// said otherwise, and is read as `privileged` here.
    ///
    /// ## Why
    /// The label is all that keeps a privileged Pod out of the namespace. Taking it down for one debugging Pod is easy,
    /// and putting it back is forgotten: the next audit finds a namespace that everybody believes to be restricted.
    ///
    /// ## Fix
    /// Run the Pod that needs more rights in a namespace of its own.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: Namespace }
    /// userInfo: { username: alice }
    /// oldObject:
    ///   { apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: restricted } } }
    /// object:
    ///   { apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: baseline } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: Namespace }
    /// userInfo: { username: alice }
    /// oldObject:
    ///   { apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: baseline } } }
    /// object:
    ///   { apiVersion: v1, kind: Namespace, metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: restricted } } }
    /// ```
    pub(super) PodSecurityDowngrade = {
        code: "NSP11",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[&kinds::NAMESPACE],
        operations: [Update],
        needs: Request,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces"],
    }
}

impl Check for PodSecurityDowngrade {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(old), Some(new)) = (subject.old, subject.object) else { return };
        let (before, after) = (enforced_level(old), enforced_level(new));
        if after < before {
            let place = new.label(ENFORCE).map_or(Place::from(new), Place::from);
            let (before, after) = (LEVELS[before], LEVELS[after]);
            out.report(
                place,
                format_args!("the enforced Pod Security Standard goes from `{before}` to `{after}`"),
            );
        }
    }
}
