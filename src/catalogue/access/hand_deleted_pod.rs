//! `ADM08 hand-deleted-pod`: deleting Pods is no way to roll out.

use crate::catalogue::beside::{self, Workload};
use crate::object::meta::Object;
use crate::policy::Unknown;
use crate::policy::prelude::*;

policy! {
    /// A person deletes many Pods in one request, or deletes or evicts the only one of a workload.
    ///
    /// The API server asks about each Pod of the collection; what no controller owns does not come back, and passes. That a person deletes one Pod of several is everyday work, and
    /// passes unless `single` is set; `kubectl delete pods --all` deletes them one by one too. Whether it is the only one is
    /// known from the workload that owns it. What ServiceAccounts and Kubernetes itself delete and evict passes. This policy
    /// never refuses: a Pod must be able to go.
    ///
    /// ## Why
    /// New Pods come, but not in an order that keeps the service up: no budget and no rolling update is asked. All
    /// replicas are gone for as long as the slowest takes to start.
    ///
    /// ## Fix
    /// Roll out with `kubectl rollout restart`, or evict Pods, so that disruption budgets hold.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Pod }
    /// userInfo: { username: alice }
    /// oldObject:
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata:
    ///     name: web-5d9f
    ///     ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web, controller: true }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: DELETE
    /// kind: { group: "", version: v1, kind: Pod }
    /// name: web-5d9f
    /// userInfo: { username: alice }
    /// oldObject:
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata:
    ///     name: web-5d9f
    ///     ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web, controller: true }]
    /// ---
    /// apiVersion: apps/v1
    /// kind: ReplicaSet
    /// metadata: { name: web }
    /// spec: { replicas: 3 }
    /// ```
    pub(super) HandDeletedPod = {
        code: "ADM08",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::POD, &kinds::EVICTION],
        operations: [Create, Delete],
        needs: Request,
        reads: &[
            &kinds::POD, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET,
            &kinds::REPLICATION_CONTROLLER,
        ],
        equivalents: [],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Whether a single Pod counts too.
    single: bool,
}

impl Check for HandDeletedPod {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(request) = subject.request.filter(|request| request.is_by_person()) else { return };
        if subject.kind() == Some(&kinds::EVICTION) {
            return check_eviction(request.user, context, out);
        }
        let Some(pod) = subject.old.filter(|pod| !pod.is_being_deleted()) else { return };
        if pod.controller().is_none() {
            return;
        }
        let (user, name) = (shown(request.user), shown(pod.name().unwrap_or_default()));
        if request.unnamed || params.single {
            let among = if request.unnamed { ", with others" } else { "" };
            out.report(pod, format_args!("`{user}` deletes Pod `{name}` by hand{among}"));
        } else if let Some(workload) = out.known(only_pod_of(pod, context)).flatten() {
            out.report(pod, format_args!("`{user}` deletes the only Pod of {workload}"));
        }
    }
}

fn check_eviction(user: &str, context: &Context<'_>, out: &mut Findings) {
    let (Some(eviction), Some(name)) = (context.subject.object, context.subject.name) else { return };
    let Some(Some(pod)) = out.known(context.facts.named(&kinds::POD, context.subject.namespace, name)) else {
        return;
    };
    if let Some(workload) = out.known(only_pod_of(pod, context)).flatten() {
        out.report(eviction, format_args!("`{}` evicts the only Pod of {workload}", shown(user)));
    }
}

/// The workload that has no other Pod, as messages speak of it.
fn only_pod_of(pod: Object<'_>, context: &Context<'_>) -> Result<Option<String>, Unknown> {
    let owner = beside::owner(context, pod)?;
    let is_alone = |workload: &Workload<'_>| workload.replicas().is_some_and(|replicas| *replicas == 1);
    Ok(owner.filter(is_alone).map(|it| format!("{} `{}`", it.kind.name, shown(it.name()))))
}
