//! `META05 unmanaged-object`: what nothing delivers, nobody can deliver again.

use super::shared::owner;
use crate::policy::prelude::*;

policy! {
    /// An object carries no mark of a GitOps controller or of a Helm release.
    ///
    /// Any of them will do: Argo CD, Flux, Config Sync, Helm. What a controller makes for an owner passes. Most of these
    /// marks are put on when an object is delivered, so that files do not have them: this is for the webhook.
    ///
    /// ## Why
    /// Such an object was applied by hand, once, by somebody. It is in no repository, so that nobody reviews it, removes
    /// it, or has it back after the cluster is lost.
    ///
    /// ## Fix
    /// Put the manifest into the repository that the namespace is delivered from.
    ///
    /// ## Exceptions
    /// Namespaces for trying things out, and what operators make without an owner: scope a rule to them.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: { argocd.argoproj.io/tracking-id: "shop:/Service:shop/web" }
    /// ```
    pub(super) UnmanagedObject = {
        code: "META05",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: &[
            &kinds::REPLICATION_CONTROLLER,
            &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::CRON_JOB,
            &kinds::SERVICE,
            &kinds::INGRESS,
            &kinds::NETWORK_POLICY,
            &kinds::ROLE,
            &kinds::ROLE_BINDING,
            &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::POD_DISRUPTION_BUDGET,
            &kinds::CUSTOM_WORKLOAD,
        ],
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Keys of labels and annotations that say that an object has an owner, whatever their value.
    owner_keys: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { owner_keys: owner::default_keys() }
    }
}

impl Check for UnmanagedObject {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(object) = subject.object.filter(|object| object.controller().is_none()) else { return };
        if owner::mark(object, &params.owner_keys).is_none() {
            out.report(object, "is delivered by no GitOps controller and by no Helm release");
        }
    }
}
