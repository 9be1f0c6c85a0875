//! `ADM08 hand-deleted-pod`: deleting Pods is no way to roll out.

use crate::policy::prelude::*;

policy! {
    /// A person deletes a whole collection of Pods that controllers own, in one request.
    ///
    /// The API server asks about each Pod of the collection. That a person deletes one Pod is everyday work, and passes
    /// unless `single` is set; `kubectl delete pods --all` deletes them one by one too. Evictions pass, and so does what
    /// ServiceAccounts and Kubernetes itself delete. This policy never refuses: a Pod must be able to go.
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
    /// ```
    pub(super) HandDeletedPod = {
        code: "ADM08",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::POD],
        operations: [Delete],
        needs: Request,
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

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(request), Some(pod)) = (subject.request, subject.old) else { return };
        let counts = request.unnamed || params.single;
        if !counts || pod.is_being_deleted() || !request.is_by_person() || pod.controller().is_none() {
            return;
        }
        let (user, name) = (shown(request.user), shown(pod.name().unwrap_or_default()));
        let among = if request.unnamed { ", with others" } else { "" };
        out.report(pod, format!("`{user}` deletes Pod `{name}` by hand{among}"));
    }
}
