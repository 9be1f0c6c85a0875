//! `STO07 database-in-cluster`: a database in the cluster should be a decision.

use super::databases;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// Somebody runs a database in the cluster, and nobody has approved of it.
    ///
    /// An annotation on the object approves. What an operator or another controller makes passes, if it writes as a
    /// ServiceAccount. Images are told by the last part of their path; Jobs are not looked at.
    ///
    /// ## Why
    /// A database is easily started and hard to run: somebody has to upgrade it, back it up, restore it, and know what to do
    /// when its node is gone. Without a team for it, it is found out in the incident that there is none.
    ///
    /// ## Fix
    /// Use a managed database or an operator, or have it approved with the annotation `seawall.dev/approved-database`.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: apps, version: v1, kind: StatefulSet }
    /// userInfo: { username: alice }
    /// object:
    ///   apiVersion: apps/v1
    ///   kind: StatefulSet
    ///   metadata: { name: db }
    ///   spec: { template: { spec: { containers: [{ name: db, image: "postgres:17.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: apps, version: v1, kind: StatefulSet }
    /// userInfo: { username: alice }
    /// object:
    ///   apiVersion: apps/v1
    ///   kind: StatefulSet
    ///   metadata: { name: db, annotations: { seawall.dev/approved-database: data platform team } }
    ///   spec: { template: { spec: { containers: [{ name: db, image: "postgres:17.2" }] } } }
    /// ```
    pub(super) DatabaseInCluster = {
        code: "STO07",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        kinds: kinds::LONG_RUNNING,
        needs: Request,
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Names of images that keep data, without registry, path and tag.
    images: Vec<String>,
    /// Key of the annotation that approves, whatever its value.
    approval_key: String,
}

impl Default for Params {
    fn default() -> Self {
        Self { images: databases::images(), approval_key: "seawall.dev/approved-database".to_owned() }
    }
}

impl Check for DatabaseInCluster {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(object), Some(request)) = (context.subject.object, context.subject.request) else { return };
        let is_by_controller =
            request.user.starts_with("system:serviceaccount:") && object.controller().is_some();
        let is_approved = object.annotation(&params.approval_key).is_some_and(|it| !it.trim().is_empty());
        if is_by_controller || is_approved || !pod.is_long_running() {
            return;
        }
        for (_, image) in databases::of(pod, &params.images) {
            let name = shown(image.reference.basename());
            out.report(image.text, format_args!("`{name}` in the cluster, and nobody has approved of it"));
        }
    }
}
