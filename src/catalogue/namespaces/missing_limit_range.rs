//! `NSP06 missing-limit-range`: containers that do not say what they need must get something all the same.

use super::listed;
use crate::catalogue::beside;
use crate::object::quota::{LimitRange, LimitRangeItem};
use crate::policy::prelude::*;

policy! {
    /// A namespace has no LimitRange, or none that gives containers a request for CPU and memory and a limit for memory.
    ///
    /// A default counts as the API server reads it: `max` is the default limit, and a default limit or `min` the default
    /// request, where none is written. Several LimitRanges add up. Items for Pods and claims are not looked at.
    ///
    /// While somebody writes, it is said of the workloads that arrive, but for what a controller makes: a Namespace has
    /// nothing in it when it is made. Where nobody does (files, an audit), it is said once, of the Namespace, and files
    /// without the Namespace are not judged: somebody else makes it.
    ///
    /// ## Why
    /// A container that requests nothing is placed where there is no room for it, and one without a limit for memory takes
    /// the memory of its neighbours. Where a ResourceQuota asks for both, Pods that do not say are refused one by one, by
    /// their ReplicaSet, where nobody looks.
    ///
    /// ## Fix
    /// Add a LimitRange of type `Container` with `defaultRequest` for `cpu` and `memory`, and `default` for `memory`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop }
    /// ---
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: { name: shop, namespace: shop }
    /// spec:
    ///   limits: [{ type: Container, defaultRequest: { cpu: 100m, memory: 128Mi }, default: { memory: 256Mi } }]
    /// ```
    pub(super) MissingLimitRange = {
        code: "NSP06",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::NAMESPACE),
        needs: Facts,
        reads: &[&kinds::LIMIT_RANGE],
        equivalents: ["trivy:KSV-0039"],
        references: ["https://kubernetes.io/docs/concepts/policy/limit-range/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Resources that must have a default request.
    requests: Vec<String>,
    /// Resources that must have a default limit.
    limits: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { requests: ["cpu", "memory"].map(str::to_owned).into(), limits: vec!["memory".to_owned()] }
    }
}

impl Check for MissingLimitRange {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some((object, path)) = beside::namespace_at_fault(subject) else { return };
        let Some(ranges) = out.known(beside::in_namespace_as::<LimitRange<'static>>(context, None)) else {
            return;
        };
        let items = || ranges.iter().filter_map(|range| range.spec()).flat_map(|spec| spec.of_containers());
        let lacking = |resources: &'_ [String], has: &dyn Fn(LimitRangeItem<'_>, &str) -> bool| {
            let lacks = |resource: &&String| !items().any(|item| has(item, resource));
            listed(resources.iter().filter(lacks).map(String::as_str))
        };
        let requests = lacking(&params.requests, &|item, it| item.request_of_undeclared(it).is_some());
        let limits = lacking(&params.limits, &|item, it| item.limit_of_undeclared(it).is_some());
        let message = match (requests, limits) {
            (None, None) => return,
            _ if ranges.is_empty() => "this namespace has no LimitRange".to_owned(),
            (Some(requests), None) => {
                format!("no LimitRange of this namespace has a default request for {requests}")
            }
            (None, Some(limits)) => {
                format!("no LimitRange of this namespace has a default limit for {limits}")
            }
            (Some(_), Some(_)) => "no LimitRange of this namespace has defaults for containers".to_owned(),
        };
        out.report(object.missing(path), message).awaited();
    }
}
