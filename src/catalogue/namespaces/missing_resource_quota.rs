//! `NSP05 missing-resource-quota`: a namespace must not take more than its share.

use super::listed;
use crate::catalogue::beside;
use crate::object::quota::ResourceQuota;
use crate::policy::prelude::*;

policy! {
    /// A namespace has no ResourceQuota, or none that bounds what it may request and use.
    ///
    /// Several quotas add up. One with scopes counts some of the Pods only, and is not enough. `cpu` in a quota is
    /// `requests.cpu`, and `memory` `requests.memory`. A quota for `limits.cpu` is not asked for: with it every Pod would need
    /// a CPU limit.
    ///
    /// While somebody writes, it is said of the workloads that arrive, but for what a controller makes: a Namespace has
    /// nothing in it when it is made. Where nobody does (files, an audit), it is said once, of the Namespace, and files
    /// without the Namespace are not judged: somebody else makes it.
    ///
    /// ## Why
    /// Without a quota the whole cluster is the share of everybody: one wrong number of replicas, or one autoscaler that runs
    /// away, and the Pods of all others stay pending.
    ///
    /// ## Fix
    /// Add a ResourceQuota with `requests.cpu`, `requests.memory` and `limits.memory`, and a LimitRange for what does not say.
    ///
    /// ## Exceptions
    /// Clusters that share out otherwise: with a ClusterResourceQuota of OpenShift, or a queue such as Kueue.
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
    /// kind: ResourceQuota
    /// metadata: { name: shop, namespace: shop }
    /// spec: { hard: { requests.cpu: "20", requests.memory: 40Gi, limits.memory: 60Gi } }
    /// ```
    pub(super) MissingResourceQuota = {
        code: "NSP05",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::NAMESPACE),
        needs: Facts,
        reads: &[&kinds::RESOURCE_QUOTA],
        equivalents: ["trivy:KSV-0040"],
        references: ["https://kubernetes.io/docs/concepts/policy/resource-quotas/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The keys of `spec.hard` that must be there, in one quota or in several.
    keys: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { keys: ["requests.cpu", "requests.memory", "limits.memory"].map(str::to_owned).into() }
    }
}

impl Check for MissingResourceQuota {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some((object, path)) = beside::namespace_at_fault(subject) else { return };
        let quotas = beside::in_namespace_as::<ResourceQuota<'static>>(context, None);
        let Some(quotas) = out.known(quotas) else { return };
        let counting = || quotas.iter().filter_map(|quota| quota.spec()).filter(|spec| spec.counts_all());
        let is_bound = |key: &str| counting().any(|spec| spec.bound(key).is_some());
        let unbound = params.keys.iter().filter(|key| !is_bound(key)).map(String::as_str);
        let Some(unbound) = listed(unbound) else { return };
        let message = if quotas.is_empty() {
            "this namespace has no ResourceQuota".to_owned()
        } else {
            format!("no ResourceQuota bounds {unbound} for all of this namespace")
        };
        out.report(object.missing(path), message).awaited();
    }
}
