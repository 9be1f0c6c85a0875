//! `NET06 dangling-service`: a Service must lead to something.

use crate::catalogue::beside::{self, RUNNING};
use crate::object::kinds::Kind;
use crate::object::network::Service;
use crate::object::selector::is_given;
use crate::object::{Map, Text};
use crate::policy::Unknown;
use crate::policy::prelude::*;

policy! {
    /// A Service selects Pods that no workload makes.
    ///
    /// A Service without a selector, one of the type `ExternalName`, and one that an operator has made pass: somebody else
    /// knows where they lead. So does a selector of nothing but labels that controllers give to Pods, such as
    /// `statefulset.kubernetes.io/pod-name` and `job-name`, and one with a label of somebody's own domain that no workload
    /// of the namespace knows, such as `cnpg.io/cluster`: operators make such Pods without a workload. Bare Pods and Jobs are
    /// looked at in files.
    ///
    /// ## Why
    /// Whoever calls the Service waits for a timeout or is refused, while everything that it belongs to looks healthy. Most
    /// often a label was renamed in one of two files, or the Service outlived what was behind it.
    ///
    /// ## Fix
    /// Make `selector` a part of the labels of the Pod template, or remove the Service.
    ///
    /// ## Exceptions
    /// Pods that get their labels while they run, such as the leader of a database, and in files those of custom resources.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: wep }, ports: [{ port: 80 }] }
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
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80 }] }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    pub(super) DanglingService = {
        code: "NET06",
        since: "0.1.0",
        severity: Low,
        on: Service,
        needs: Facts,
        reads: RUNNING,
        equivalents: ["kube-linter:dangling-service", "kube-score:service-targets-pod", "kubescape:C-0293"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#services-in-kubernetes"],
    }
}

/// What else makes Pods. Nobody watches them for this: there are many, and a Service seldom leads to them.
const PASSING: &[&Kind] = &[&kinds::POD, &kinds::JOB, &kinds::CRON_JOB];

impl Check for DanglingService {
    type Params = NoParams;

    fn check(_: &NoParams, service: Service<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(selector) = service.selector() else { return };
        if beside::is_made(service.node()) || selector.iter().all(|(label, _)| is_given(label)) {
            return;
        }
        let Some(running) = out.known(beside::behind(context, RUNNING, service)) else { return };
        if !running.is_empty() {
            return;
        }
        let has_passing =
            |kind| beside::behind(context, &[kind], service).is_ok_and(|found| !found.is_empty());
        if PASSING.iter().copied().any(has_passing) {
            return;
        }
        if out.known(is_for_operator(context, selector)) == Some(false) {
            out.report(selector, "no workload makes Pods with all of these labels").awaited();
        }
    }
}

/// Whether a selector has a label of a domain that is not of Kubernetes, and that no workload of the namespace has.
fn is_for_operator(context: &Context<'_>, selector: Map<'_, Text<'_>>) -> Result<bool, Unknown> {
    let mut own = selector.iter().map(|(label, _)| label).filter(|label| is_of_domain(label)).peekable();
    if own.peek().is_none() {
        return Ok(false);
    }
    let workloads = beside::all(context, RUNNING)?;
    let is_known = |label| {
        workloads
            .iter()
            .any(|workload| workload.pod_labels().is_some_and(|labels| labels.get(label).is_some()))
    };
    Ok(own.any(|label| !is_known(label)))
}

fn is_of_domain(label: &str) -> bool {
    let domain = label.split_once('/').map(|(domain, _)| domain);
    domain.is_some_and(|domain| !domain.ends_with("kubernetes.io") && !domain.ends_with("k8s.io"))
}
