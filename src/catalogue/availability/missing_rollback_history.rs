//! `AVL29 missing-rollback-history`: there must be something to roll back to.

use crate::object::apps::RolledOut;
use crate::policy::prelude::*;

policy! {
    /// A workload keeps too few of its old templates to be rolled back.
    ///
    /// ## Why
    /// With `revisionHistoryLimit: 0` there is no `kubectl rollout undo`: when a release takes the service down, the way back
    /// leads through a build or a repository, and every minute of it is outage. One old template is lost with the second try
    /// to mend the release.
    ///
    /// ## Fix
    /// Remove `revisionHistoryLimit`, which is 10 then, or set it to 2 or more.
    ///
    /// ## Exceptions
    /// Workloads that only a GitOps controller rolls back.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { revisionHistoryLimit: 0, template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { revisionHistoryLimit: 3, template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    pub(super) MissingRollbackHistory = {
        code: "AVL29",
        since: "0.1.0",
        severity: Low,
        on: RolledOut,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#clean-up-policy"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many old templates must be kept.
    min: u8,
}

impl Default for Params {
    fn default() -> Self {
        Self { min: 2 }
    }
}

impl Check for MissingRollbackHistory {
    type Params = Params;

    fn check(params: &Params, workload: RolledOut<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(limit) = workload.spec().map(|spec| spec.revision_history_limit()) else { return };
        if *limit < params.min.into() {
            let message =
                format_args!("keeps `{limit}` old templates to roll back to, fewer than {}", params.min);
            out.report(limit, message).magnitude(-*limit);
        }
    }
}
