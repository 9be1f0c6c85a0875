//! `META04 changed-label`: what others select and count by must stay as it is.

use crate::object::Place;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// A label of a workload or a Service is changed, added or removed.
    ///
    /// Labels that match `free` may change: unless it is set, `breakglass`, and those that a release of a chart changes.
    ///
    /// ## Why
    /// Costs, alerts, network policies and budgets go by labels. One that changes hands an object to another team, or
    /// takes it out of a policy, and nothing else shows it.
    ///
    /// ## Fix
    /// Keep the label; where it must change, make a new object with it and remove the old one.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: Service }
    /// userInfo: { username: alice }
    /// object: { apiVersion: v1, kind: Service, metadata: { name: web, labels: { team: search } } }
    /// oldObject: { apiVersion: v1, kind: Service, metadata: { name: web, labels: { team: shop } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: UPDATE
    /// kind: { group: "", version: v1, kind: Service }
    /// userInfo: { username: alice }
    /// object: { apiVersion: v1, kind: Service, metadata: { name: web, labels: { app.kubernetes.io/version: "1.4.3" } } }
    /// oldObject: { apiVersion: v1, kind: Service, metadata: { name: web, labels: { app.kubernetes.io/version: "1.4.2" } } }
    /// ```
    pub(super) ChangedLabel = {
        code: "META04",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: &[
            &kinds::POD,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::JOB,
            &kinds::CRON_JOB,
            &kinds::SERVICE,
            &kinds::CUSTOM_WORKLOAD,
        ],
        operations: [Update],
        needs: Request,
        equivalents: ["kyverno:allowed-label-changes"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for keys of labels that may change.
    free: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        let free = ["^breakglass$", r"^app\.kubernetes\.io/version$", r"^helm\.sh/chart$"];
        Self { free: Patterns::of_default(&free) }
    }
}

impl Check for ChangedLabel {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(old), Some(new)) = (subject.old, subject.object) else { return };
        if subject.request.is_some_and(|request| request.is_by_kubernetes()) {
            return;
        }
        let [before, after] = [old, new].map(|object| object.metadata().map(|metadata| metadata.labels()));
        for (key, value) in after.into_iter().flat_map(|labels| labels.iter()) {
            let was = before.and_then(|labels| labels.get(key));
            if was.is_none_or(|was| was != value) && !params.free.is_match(key) {
                let word = if was.is_some() { "changed" } else { "added" };
                out.report(value, format_args!("label `{}` is {word}", shown(key)));
            }
        }
        let place = after.map_or(Place::from(new), Place::from);
        for (key, _) in before.into_iter().flat_map(|labels| labels.iter()) {
            if after.is_none_or(|labels| labels.get(key).is_none()) && !params.free.is_match(key) {
                out.report(place, format_args!("label `{}` is removed", shown(key)));
            }
        }
    }
}
