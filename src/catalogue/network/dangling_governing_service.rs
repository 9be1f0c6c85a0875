//! `NET26 dangling-governing-service`: the Service that gives Pods their names must be there, and be able to.

use crate::catalogue::beside::{self, SelectsPods as _};
use crate::object::View as _;
use crate::object::apps::StatefulSet;
use crate::object::network::Service;
use crate::policy::prelude::*;

policy! {
    /// A StatefulSet names a Service that is not there, is not headless, or does not select its Pods.
    ///
    /// Both are judged, whichever arrives. A StatefulSet may leave `serviceName` empty, if nobody calls its Pods by their names.
    /// A Service without a selector passes, and so does a StatefulSet that an operator has made.
    ///
    /// ## Why
    /// The Service makes names such as `db-0.db.shop.svc` lead to one Pod each. Without it, or with one that has an address of
    /// its own, there are no such names: the members of a database do not find each other, and the first one waits for ever
    /// or starts a cluster of its own.
    ///
    /// ## Fix
    /// Add a Service of this name with `clusterIP: None` that selects the Pods of the StatefulSet.
    ///
    /// ## Exceptions
    /// StatefulSets that name one only because the field was once required.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: { name: db, namespace: shop }
    /// spec: { serviceName: db, template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: db, image: "db:1.4.2" }] } } }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: db, namespace: shop }
    /// spec: { selector: { app: db }, ports: [{ port: 5432 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: { name: db, namespace: shop }
    /// spec: { serviceName: db, template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: db, image: "db:1.4.2" }] } } }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: db, namespace: shop }
    /// spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 5432 }] }
    /// ```
    pub(super) DanglingGoverningService = {
        code: "NET26",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &[&kinds::STATEFUL_SET, &kinds::SERVICE],
        needs: Facts,
        equivalents: ["kube-score:statefulset-has-servicename"],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id"],
    }
}

impl Check for DanglingGoverningService {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if let Some(service) = subject.lens::<Service<'static>>() {
            check_service(service, context, out);
            return;
        }
        let Some(set) = subject.lens::<StatefulSet<'static>>() else { return };
        let Some(name) = set.spec().and_then(|spec| spec.service_name()) else { return };
        if name.is_empty() || beside::is_made(set.node()) {
            return;
        }
        let service = context.facts.named(&kinds::SERVICE, subject.namespace, &name);
        let Some(service) = out.known(service) else { return };
        let shown = shown(&name);
        match service.and_then(|service| Service::view(service.node())) {
            None => {
                out.report(name, format_args!("there is no Service `{shown}`")).awaited();
            }
            Some(service) if !service.is_headless() => {
                out.report(
                    name,
                    format_args!("Service `{shown}` is not headless: Pods get no names from it"),
                );
            }
            Some(service) if !names_pods(service, set) => {
                out.report(
                    name,
                    format_args!("Service `{shown}` does not select these Pods: they get no names"),
                );
            }
            Some(_) => {}
        }
    }
}

fn check_service(service: Service<'_>, context: &Context<'_>, out: &mut Findings) {
    let Some(spec) = service.spec() else { return };
    let Some(sets) = out.known(context.beside::<StatefulSet<'static>>()) else { return };
    let is_governed = |set: &StatefulSet<'_>| {
        let name = set.spec().and_then(|spec| spec.service_name());
        name.map(|it| *it) == context.subject.name && !beside::is_made(set.node())
    };
    let is_wrong = |set: &StatefulSet<'_>| !service.is_headless() || !names_pods(service, *set);
    let Some(set) = sets.into_iter().filter(is_governed).find(is_wrong) else { return };
    let set = beside::shown_name(context, set.node());
    if service.is_headless() {
        out.report(
            spec.selector(),
            format_args!("does not select the Pods of StatefulSet `{set}`: they get no names"),
        );
    } else {
        let message = format_args!("not headless: the Pods of StatefulSet `{set}` get no names from it");
        out.report(spec.cluster_ip(), message);
    }
}

/// Whether a Service selects the Pods of a StatefulSet, or leaves it to somebody else to say which they are.
fn names_pods(service: Service<'_>, set: StatefulSet<'_>) -> bool {
    let template = set.spec().and_then(|spec| spec.template());
    let labels = template.and_then(|template| template.metadata()).map(|metadata| metadata.labels());
    service.selector().is_none() || service.selects(labels)
}
