//! `NET29 unresolvable-target-port`: a Service must send its traffic to a port that its Pods have.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use crate::catalogue::beside::{self, RUNNING};
use crate::object::meta::ObjectMeta;
use crate::object::network::Service;
use crate::object::pod::Pod;
use crate::object::{Map, NumberOrText, Text};
use crate::policy::prelude::*;

policy! {
    /// A Service sends its traffic to a port by a name that no container behind it has.
    ///
    /// The Service and its workloads are judged together, whichever of them arrives. A name is looked for among the ports of
    /// the same protocol of app containers and sidecars, as Kubernetes does. Numbers need not be declared, and where one of
    /// several workloads has the name, it is the one that is meant. Services that an operator has made pass.
    ///
    /// ## Why
    /// The port gets no endpoint, although the Pods are ready and selected: every connection to it is refused. It happens when
    /// a port is renamed in one of two places, which nothing compares.
    ///
    /// ## Fix
    /// Give the port of the container that name, or put its number into `targetPort`.
    ///
    /// ## Exceptions
    /// Ports of containers that a webhook adds to the Pods. To rename a port, give both sides the number first.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", ports: [{ name: web, containerPort: 8080 }] }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", ports: [{ name: http, containerPort: 8080 }] }] }
    /// ```
    pub(super) UnresolvableTargetPort = {
        code: "NET29",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &kinds::with::<{ RUNNING.len() + 1 }>(&kinds::SERVICE, RUNNING),
        needs: Facts,
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports",
        ],
    }
}

impl Check for UnresolvableTargetPort {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if subject.judged().is_none_or(|object| beside::is_made(object.node())) {
            return;
        }
        match (subject.lens::<Service<'static>>(), subject.pod()) {
            (Some(service), _) => check_service(service, context, out),
            (None, Some(pod)) => check_workload(pod, context, out),
            (None, None) => {}
        }
    }
}

fn check_service(service: Service<'_>, context: &Context<'_>, out: &mut Findings) {
    let mut names = named_ports(service).peekable();
    if names.peek().is_none() {
        return;
    }
    let Some(workloads) = out.known(beside::behind(context, RUNNING, service)) else { return };
    let Some(first) = workloads.first() else { return };
    let ports: HashSet<_> =
        workloads.iter().filter_map(|it| it.pod()).flat_map(|pod| ports_of(&pod)).collect();
    for (protocol, name) in names.filter(|(protocol, name)| !ports.contains(&(*protocol, **name))) {
        let (kind, workload) = (first.kind.name, beside::shown_name(context, first.object.node()));
        let shown = shown(&name);
        out.report(name, format_args!("no {protocol} port of {kind} `{workload}` has the name `{shown}`"));
    }
}

fn check_workload(pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
    let labels = pod.metadata.map(ObjectMeta::labels);
    let Some(services) = out.known(beside::selecting::<Service<'static>>(context, labels)) else { return };
    let own: HashSet<_> = ports_of(pod).into_iter().collect();
    // Many Services may select the same Pods: those are gone through once.
    let mut behind = HashMap::<Vec<_>, HashSet<_>>::new();
    let (mut missing, mut count) = (None, 0);
    for service in services.into_iter().filter(|service| !beside::is_made(service.node())) {
        let mut unresolved =
            named_ports(service).filter(|(protocol, name)| !own.contains(&(*protocol, **name))).peekable();
        if unresolved.peek().is_none() {
            continue;
        }
        let selector = service.selector().into_iter().flat_map(Map::iter);
        let others = match behind.entry(selector.map(|(label, value)| (label, *value)).collect()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(entry) => {
                let Some(others) = out.known(beside::behind(context, RUNNING, service)) else { return };
                let others = others.iter().filter(|other| !other.is_judged(context.subject));
                entry.insert(others.filter_map(|other| other.pod()).flat_map(|pod| ports_of(&pod)).collect())
            }
        };
        for (protocol, name) in unresolved.filter(|(protocol, name)| !others.contains(&(*protocol, **name))) {
            missing = missing.or(Some((service, protocol, name)));
            count += 1;
        }
    }
    let Some((service, protocol, name)) = missing else { return };
    let (service, name) = (beside::shown_name(context, service.node()), shown(&name));
    let message =
        format_args!("no {protocol} port has the name `{name}`, to which Service `{service}` sends");
    out.report(pod.spec.containers(), message).magnitude(count);
}

/// The ports that have to be looked for by name: protocol and name.
fn named_ports(service: Service<'_>) -> impl Iterator<Item = (&str, Text<'_>)> {
    let ports = service.spec().into_iter().flat_map(|spec| spec.ports().iter());
    ports.filter_map(|port| {
        let target = port.target()?;
        let NumberOrText::Text(name) = *target else { return None };
        Some((protocol(port.protocol()), Text::new(target, name)))
    })
}

/// The ports that have a name, where [`Pod::target_port`] looks for it: protocol and name.
fn ports_of<'t>(pod: &Pod<'t>) -> Vec<(&'t str, &'t str)> {
    let ports = pod.running().flat_map(|container| container.ports().iter());
    let ports = ports.filter(|port| port.container_port().is_some());
    ports.filter_map(|port| Some((protocol(port.protocol()), *port.name()?))).collect()
}

fn protocol(text: Text<'_>) -> &str {
    if text.is_empty() { "TCP" } else { *text }
}
