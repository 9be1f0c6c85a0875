//! `NET07 duplicate-service-selector`: two Services should not say the same.

use crate::catalogue::beside::{self, RUNNING};
use crate::object::network::{Service, ServicePort};
use crate::object::{List, Map, Text};
use crate::policy::prelude::*;

policy! {
    /// Two Services of a namespace send traffic to the same ports of the same Pods.
    ///
    /// They have the same selector, and ports with the same targets. A headless Service beside another one is how names are
    /// given to the Pods of a StatefulSet, one of another type is another way in, and one that keeps sessions or stays on the
    /// node, or that takes Pods that are not ready, is there for that: all of them pass. So do those that an operator has made,
    /// and those of Pods that an operator makes, such as a canary controller, which tells its two Services apart itself. Of
    /// Pods that nobody makes `dangling-service` speaks.
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
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
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
        reads: &kinds::with::<{ RUNNING.len() + 1 }>(&kinds::SERVICE, RUNNING),
        equivalents: ["kyverno:require-unique-service-selector", "gatekeeper:uniqueserviceselector"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#services-in-kubernetes"],
    }
}

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
        let Some(same) = same else { return };
        let Some(workloads) = out.known(beside::behind(context, RUNNING, service)) else { return };
        if workloads.iter().any(|workload| !beside::is_made(workload.object.node())) {
            let name = beside::shown_name(context, same.node());
            out.report(selector, format_args!("the same Pods and ports as those of Service `{name}`"));
        }
    }
}

/// Whether a Service is one more name for Pods, and nothing else.
fn stands_for_pods(service: Service<'_>) -> bool {
    let is_internal = service.spec().is_some_and(|spec| matches!(*spec.kind(), "ClusterIP" | ""));
    is_internal && !service.is_headless() && !beside::is_made(service.node())
}

fn say_the_same(one: Service<'_>, other: Service<'_>) -> bool {
    let (Some(of_one), Some(of_other)) = (one.selector(), other.selector()) else { return false };
    let (Some(one), Some(other)) = (one.spec(), other.spec()) else { return false };
    let has_all = |one: List<'_, ServicePort<'_>>, other: List<'_, ServicePort<'_>>| {
        other.iter().all(|wanted| one.iter().any(|it| targets_alike(it, wanted)))
    };
    are_equal(of_one, of_other)
        && one.publish_not_ready_addresses() == other.publish_not_ready_addresses()
        && one.internal_traffic_policy() == other.internal_traffic_policy()
        && one.session_affinity() == other.session_affinity()
        && has_all(one.ports(), other.ports())
        && has_all(other.ports(), one.ports())
}

fn targets_alike(one: ServicePort<'_>, other: ServicePort<'_>) -> bool {
    one.protocol() == other.protocol() && one.target().map(|it| *it) == other.target().map(|it| *it)
}

fn are_equal(one: Map<'_, Text<'_>>, other: Map<'_, Text<'_>>) -> bool {
    one.iter().count() == other.iter().count()
        && one.iter().all(|(key, value)| other.get(key).is_some_and(|it| it == value))
}
