//! `NET07 duplicate-service-selector`: two Services should not say the same.

use crate::catalogue::beside;
use crate::object::network::{Service, ServicePort};
use crate::object::{Map, Text};
use crate::policy::prelude::*;

policy! {
    /// Two Services of a namespace send traffic to the same ports of the same Pods.
    ///
    /// They have the same selector, and a port with the same target. A headless Service beside another one is how names are
    /// given to the Pods of a StatefulSet, one of another type is another way in, and one that keeps sessions or stays on the
    /// node, or that takes Pods that are not ready, is there for that: all of them pass. So do those that an operator or a
    /// canary controller has made its own.
    ///
    /// ## Why
    /// Mostly a Service was copied, and its selector was not changed: whoever calls the new application reaches the old one,
    /// which answers, with the wrong data or with an error that nobody understands.
    ///
    /// ## Fix
    /// Correct the selector, or keep one of the two Services.
    ///
    /// ## Exceptions
    /// A new name while clients still use the old one.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: api, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: db, namespace: shop }
    /// spec: { selector: { app: db }, ports: [{ port: 5432 }] }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: db-pods, namespace: shop }
    /// spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 5432 }] }
    /// ```
    pub(super) DuplicateServiceSelector = {
        code: "NET07",
        since: "0.1.0",
        severity: Low,
        on: Service,
        needs: Facts,
        equivalents: ["kyverno:require-unique-service-selector", "gatekeeper:uniqueserviceselector"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#services-in-kubernetes"],
    }
}

/// The mark of Argo Rollouts on the two Services between which it shifts traffic: it tells them apart by a label that
/// it adds to their selectors.
const SHIFTED: &str = "argo-rollouts.argoproj.io/managed-by-rollouts";

impl Check for DuplicateServiceSelector {
    type Params = NoParams;

    fn check(_: &NoParams, service: Service<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(selector) = service.selector().filter(|_| stands_for_pods(service)) else { return };
        let services = beside::selecting::<Service<'static>>(context, Some(selector));
        let is_same = |other: &Service<'_>| {
            !beside::is_subject(context, other.node())
                && stands_for_pods(*other)
                && say_the_same(service, *other)
        };
        let same = out.known(services).and_then(|services| services.into_iter().find(is_same));
        if let Some(same) = same {
            let name = beside::shown_name(context, same.node());
            out.report(selector, format!("the same Pods and ports as those of Service `{name}`"));
        }
    }
}

/// Whether a Service is one more name for Pods, and nothing else.
fn stands_for_pods(service: Service<'_>) -> bool {
    let is_internal = service.spec().is_some_and(|spec| matches!(*spec.kind(), "ClusterIP" | ""));
    let is_shifted = service.metadata().is_some_and(|it| it.annotations().get(SHIFTED).is_some());
    is_internal && !service.is_headless() && !is_shifted && !beside::is_made(service.node())
}

fn say_the_same(one: Service<'_>, other: Service<'_>) -> bool {
    let (Some(of_one), Some(of_other)) = (one.selector(), other.selector()) else { return false };
    let (Some(one), Some(other)) = (one.spec(), other.spec()) else { return false };
    let share = |port| other.ports().iter().any(|it| targets_alike(port, it));
    are_equal(of_one, of_other)
        && one.publish_not_ready_addresses() == other.publish_not_ready_addresses()
        && one.internal_traffic_policy() == other.internal_traffic_policy()
        && one.session_affinity() == other.session_affinity()
        && one.ports().iter().any(share)
}

fn targets_alike(one: ServicePort<'_>, other: ServicePort<'_>) -> bool {
    one.protocol() == other.protocol() && one.target().map(|it| *it) == other.target().map(|it| *it)
}

fn are_equal(one: Map<'_, Text<'_>>, other: Map<'_, Text<'_>>) -> bool {
    one.iter().count() == other.iter().count()
        && one.iter().all(|(key, value)| other.get(key).is_some_and(|it| it == value))
}
