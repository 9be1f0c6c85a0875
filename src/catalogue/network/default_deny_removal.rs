//! `NET30 default-deny-removal`: what keeps a namespace closed must not go in passing.

use super::isolation::traffic;
use crate::catalogue::beside::{self, RUNNING};
use crate::object::Place;
use crate::object::kinds::Kind;
use crate::object::meta::Object;
use crate::object::network::{Direction, NetworkPolicy};
use crate::policy::Request;
use crate::policy::prelude::*;

policy! {
    /// A NetworkPolicy that closes its namespace by default is deleted, or changed so that it no longer does.
    ///
    /// It is one that selects every Pod and has no rule for a direction. What is already being deleted is let go, and so is
    /// what Kubernetes removes together with a Namespace or an owner. Where other objects are known, another policy that
    /// closes the same direction is enough, and a namespace in which no workload is left needs none.
    ///
    /// ## Why
    /// Nothing breaks when it goes, so nobody notices: from then on every Pod that no other policy selects is open to the whole
    /// cluster, and the rules that let some traffic through look as if they still kept the rest out.
    ///
    /// ## Fix
    /// Keep it, and add a policy for what has to get through.
    ///
    /// ## Exceptions
    /// Whoever takes the namespace down as well.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: networking.k8s.io, version: v1, kind: NetworkPolicy }
    /// userInfo: { username: alice }
    /// oldObject:
    ///   apiVersion: networking.k8s.io/v1
    ///   kind: NetworkPolicy
    ///   metadata: { name: deny-all, namespace: shop }
    ///   spec: { podSelector: {}, policyTypes: [Ingress, Egress] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: networking.k8s.io, version: v1, kind: NetworkPolicy }
    /// userInfo: { username: alice }
    /// oldObject:
    ///   apiVersion: networking.k8s.io/v1
    ///   kind: NetworkPolicy
    ///   metadata: { name: web, namespace: shop }
    ///   spec: { podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress] }
    /// ```
    pub(super) DefaultDenyRemoval = {
        code: "NET30",
        since: "0.1.0",
        severity: Low,
        on: NetworkPolicy,
        operations: [Update, Delete],
        needs: Request,
        reads: READS,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies"],
    }
}

const READS: &[&Kind] = &kinds::with::<{ RUNNING.len() + 1 }>(&kinds::NETWORK_POLICY, RUNNING);

impl Check for DefaultDenyRemoval {
    type Params = NoParams;

    fn check(_: &NoParams, policy: NetworkPolicy<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(before) = context.before::<NetworkPolicy<'_>>() else { return };
        let is_going = context.subject.old.is_some_and(Object::is_being_deleted);
        if is_going || context.subject.request.is_some_and(Request::is_cleanup) {
            return;
        }
        let denies = |policy: NetworkPolicy<'_>, direction| {
            policy.spec().is_some_and(|spec| spec.denies_all(direction))
        };
        let after = context.subject.object.and(Some(policy));
        let is_lost = |direction| denies(before, direction) && !after.is_some_and(|it| denies(it, direction));
        if !Direction::ALL.into_iter().any(is_lost) {
            return;
        }
        let others = beside::others::<NetworkPolicy<'static>>(context).unwrap_or_default();
        let is_open = |direction| is_lost(direction) && !others.iter().any(|it| denies(*it, direction));
        let Some(traffic) = traffic(is_open) else { return };
        // Nothing in the namespace keeps Pods running.
        if let Ok(false) = beside::has_any(context, RUNNING) {
            return;
        }
        let spec = after.and_then(NetworkPolicy::spec).map(Place::from);
        let place = spec.unwrap_or_else(|| policy.into());
        out.report(place, format_args!("{traffic} of the namespace is no longer denied by default"));
    }
}
