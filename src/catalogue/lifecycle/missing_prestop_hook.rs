//! `LCY03 missing-prestop-hook`: who is being called must not stop before its callers know.

use crate::catalogue::beside;
use crate::object::Text;
use crate::object::meta::{ObjectMeta, name_of};
use crate::object::network::Service;
use crate::object::pod::{Pod, PodContainer, Role};
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// A container that a Service leads to has no `preStop` hook.
    ///
    /// It is the container with the port that the Service names, or the only one if none declares it. Pods pass that say by an
    /// annotation or a label that something drains them: the proxy of a mesh, which may also be put into all Pods of a
    /// namespace, or the program itself. What a controller keeps passes: its template is judged.
    ///
    /// ## Why
    /// A Pod that is to stop is taken out of its Services and told so at the same time. Until every node and every load
    /// balancer has heard of it, some seconds later, requests still go to a program that no longer listens: each rollout
    /// answers a few of them with an error.
    ///
    /// ## Fix
    /// Add `lifecycle.preStop` with `sleep: { seconds: 10 }`, which needs no program in the image.
    ///
    /// ## Exceptions
    /// Programs that go on answering for some seconds after `SIGTERM`: say so with an annotation that has `drain` in its key.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 8080 }] }] }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec:
    ///       containers:
    ///         - { name: web, image: "web:1.4.2", ports: [{ containerPort: 8080 }], lifecycle: { preStop: { sleep: { seconds: 10 } } } }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
    /// ```
    pub(super) MissingPrestopHook = {
        code: "LCY03",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        kinds: kinds::LONG_RUNNING,
        needs: Facts,
        reads: &[&kinds::SERVICE],
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
            "https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for keys of annotations and labels, of the Pods or of their namespace, by which something drains
    /// them. `false` and `disabled` as values do not count.
    marks: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        let marks = [
            r"^sidecar\.istio\.io/inject$",
            r"^istio\.io/rev$",
            "^istio-injection$",
            r"^linkerd\.io/inject$",
            r"^kuma\.io/sidecar-injection$",
            r"^consul\.hashicorp\.com/connect-inject$",
            "drain",
        ];
        Self { marks: Patterns::of_default(&marks) }
    }
}

impl Check for MissingPrestopHook {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let is_kept = context.subject.judged().is_none_or(|object| object.controller().is_some());
        if is_kept || !pod.is_long_running() || pod.running().all(has_hook) || params.is_marked(pod.metadata)
        {
            return;
        }
        let labels = pod.metadata.map(|metadata| metadata.labels());
        let Some(services) = out.known(beside::selecting::<Service<'static>>(context, labels)) else {
            return;
        };
        let namespace = context.subject.namespace.filter(|_| !services.is_empty());
        let namespace = namespace.and_then(|name| context.facts.namespace(name).ok());
        if namespace.is_some_and(|namespace| params.is_marked(namespace.metadata())) {
            return;
        }
        for (container, service) in called(pod, &services).filter(|(container, _)| !has_hook(container)) {
            let name = name_of(service.metadata());
            let (name, container_name) = (shown_within(name, 28), shown_within(container.display_name(), 28));
            out.report(
                container.missing("lifecycle.preStop"),
                format_args!(
                    "container `{container_name}` is behind the Service `{name}` and has no preStop hook"
                ),
            );
        }
    }
}

impl Params {
    fn is_marked(&self, metadata: Option<ObjectMeta<'_>>) -> bool {
        let is_mark = |(key, value): (&str, Text<'_>)| {
            !matches!(*value, "false" | "disabled") && self.marks.is_match(key)
        };
        metadata.is_some_and(|it| it.annotations().iter().chain(it.labels().iter()).any(is_mark))
    }
}

fn has_hook(container: &PodContainer<'_>) -> bool {
    container.lifecycle().is_some_and(|lifecycle| lifecycle.pre_stop().is_some())
}

/// The containers that Services lead to, each with one of these.
fn called<'a, 't>(
    pod: &'a Pod<'t>,
    services: &'a [Service<'t>],
) -> impl Iterator<Item = (&'a PodContainer<'t>, Service<'t>)> {
    let by_port = pod.running().filter_map(|container| {
        let service = services.iter().find(|service| leads_to(**service, container))?;
        Some((container, *service))
    });
    let mut by_port = by_port.peekable();
    let mut apps = pod.containers.iter().filter(|container| container.role == Role::App);
    let only = apps.next().filter(|_| apps.next().is_none() && by_port.peek().is_none());
    by_port.chain(only.zip(services.first().copied()))
}

fn leads_to(service: Service<'_>, container: &PodContainer<'_>) -> bool {
    let mut ports = service.spec().into_iter().flat_map(|spec| spec.ports().iter());
    ports.any(|port| {
        let number = match port.target_port() {
            Some(target) => container.resolve_port(*target),
            None => port.port().map(|port| *port),
        };
        let mut declared = container.ports().iter().filter_map(|declared| declared.container_port());
        number.is_some_and(|number| declared.any(|it| *it == number))
    })
}
