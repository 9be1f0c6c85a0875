//! `SEC17 low-user-id`: a container must have ids that nobody on its node has.

use crate::object::Int;
use crate::object::pod::Pod;
use crate::object::security_context::SecurityContext;
use crate::policy::prelude::*;

policy! {
    /// A container runs as a user or a group whose id is low, or leaves that to its image.
    ///
    /// The container's own ids win over those of the Pod; `fsGroup` and `supplementalGroups` are those of the Pod. Pods with
    /// `os: windows` are exempt: they have no such ids.
    ///
    /// ## Why
    /// Users of a node have low ids. A process that gets out of its container, or a file that it leaves on the node, belongs
    /// to the user who happens to have the same id there.
    ///
    /// ## Fix
    /// Set `runAsUser`, `runAsGroup` and `fsGroup` to numbers from 10000 on.
    ///
    /// ## Exceptions
    /// OpenShift gives ids to Pods, not to the templates they are made from: `requireIds: false` there.
    ///
    /// ## Denied
    /// ```yaml
    /// securityContext: { runAsUser: 1000, runAsGroup: 0 }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// securityContext: { runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) LowUserId = {
        code: "SEC17",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        yields_to: ["SEC01" in Container, "SEC36" in Field],
        equivalents: [
            "kube-score:container-security-context-user-group-id", "kyverno:require-non-root-groups",
            "kyverno:restrict-usergroup-fsgroup-id", "kyverno:check-supplemental-groups",
            "gatekeeper:users", "gatekeeper:fsgroup", "trivy:KSV-0020", "trivy:KSV-0021",
            "trivy:KSV-0116", "kubewarden:user-group-psp-policy",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The lowest id of a user that is not low.
    min_user_id: i64,
    /// The lowest id of a group that is not low; with 1 only the group of root is.
    min_group_id: i64,
    /// Whether a container must have a user and a group at all: without, its image decides.
    require_ids: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { min_user_id: 10_000, min_group_id: 10_000, require_ids: true }
    }
}

impl Check for LowUserId {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        if pod.spec.is_windows() {
            return;
        }
        let of_pod = pod.security_context();
        let user = Id {
            what: "user",
            field: "securityContext.runAsUser",
            of_pod: of_pod.and_then(|it| it.run_as_user()),
            of_container: SecurityContext::run_as_user,
            min: params.min_user_id,
        };
        let group = Id {
            what: "group",
            field: "securityContext.runAsGroup",
            of_pod: of_pod.and_then(|it| it.run_as_group()),
            of_container: SecurityContext::run_as_group,
            min: params.min_group_id,
        };
        user.judge(pod, params.require_ids, out);
        group.judge(pod, params.require_ids, out);
        let more = of_pod
            .into_iter()
            .flat_map(|it| it.fs_group().into_iter().chain(it.supplemental_groups().iter()));
        for id in more.filter(|id| **id < params.min_group_id) {
            out.report(
                id,
                format_args!("Pod has the group `{id}`, which is below `{}`", params.min_group_id),
            );
        }
    }
}

/// One of the two ids that a container runs with.
struct Id<'t> {
    what: &'static str,
    field: &'static str,
    of_pod: Option<Int<'t>>,
    of_container: fn(SecurityContext<'t>) -> Option<Int<'t>>,
    min: i64,
}

impl<'t> Id<'t> {
    fn judge(&self, pod: &Pod<'t>, required: bool, out: &mut Findings) {
        let Self { what, field, of_pod, of_container, min } = *self;
        let mut inherited = false;
        for container in &pod.containers {
            let name = shown(container.display_name());
            match container.security_context().and_then(of_container) {
                Some(id) if *id >= min => {}
                Some(id) => {
                    let message =
                        format!("container `{name}` runs as the {what} `{id}`, which is below `{min}`");
                    out.report(id, message);
                }
                None if of_pod.is_some() => inherited = true,
                None if required => {
                    let message = format_args!("container `{name}` runs as the {what} that its image says");
                    out.report(container.missing(field), message);
                }
                None => {}
            }
        }
        if let Some(id) = of_pod.filter(|id| inherited && **id < min) {
            out.report(id, format_args!("Pod runs as the {what} `{id}`, which is below `{min}`"));
        }
    }
}
