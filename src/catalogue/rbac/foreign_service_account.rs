//! `RBA04 foreign-service-account`: who may start Pods must not choose whose rights they have.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

use super::shared::token;

policy! {
    /// Somebody starts Pods under a ServiceAccount that is not theirs to use.
    ///
    /// Off unless it is selected. A ServiceAccount that writes Pods or workloads may give them itself and no other
    /// account; the controllers of Kubernetes, which only do as the workloads say, pass. `allowed` names accounts
    /// that may be used; with a rule for each namespace, nobody has any other there. `keep` refuses to change the
    /// account of what is there.
    ///
    /// ## Why
    /// Kubernetes asks nobody whether they may use an account: whoever may create a Pod in a namespace has the
    /// rights of all its accounts. One Job under the account of the operator next to it, and its token is in the
    /// log.
    ///
    /// ## Fix
    /// Use the account that belongs to whoever writes the workload, or have it allowed.
    ///
    /// ## Exceptions
    /// GitOps controllers and pipelines, which write workloads for others: a rule for their users.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: "", version: v1, kind: Pod }
    /// namespace: shop
    /// userInfo: { username: "system:serviceaccount:shop:runner" }
    /// object:
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata: { name: build, namespace: shop }
    ///   spec: { serviceAccountName: operator, containers: [{ name: build, image: "build:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: "", version: v1, kind: Pod }
    /// namespace: shop
    /// userInfo: { username: "system:serviceaccount:shop:runner" }
    /// object:
    ///   apiVersion: v1
    ///   kind: Pod
    ///   metadata: { name: build, namespace: shop }
    ///   spec: { serviceAccountName: runner, containers: [{ name: build, image: "build:1.4.2" }] }
    /// ```
    pub(super) ForeignServiceAccount = {
        code: "RBA04",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Pod,
        needs: Request,
        equivalents: [
            "kyverno:restrict-service-account", "kyverno:check-serviceaccount",
            "kyverno:restrict-pod-controller-serviceaccount-updates", "gatekeeper:noupdateserviceaccount",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Names of ServiceAccounts that may be used; all, if there is none.
    allowed: Vec<String>,
    /// Whether a ServiceAccount may only use itself.
    own_only: bool,
    /// Whether the account of what is there must stay as it is.
    keep: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { allowed: Vec::new(), own_only: true, keep: false }
    }
}

impl Check for ForeignServiceAccount {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(request) = context.subject.request.filter(|request| !is_controller(request.user)) else {
            return;
        };
        let account = pod.spec.account();
        let name = account.map_or(token::DEFAULT, |name| *name);
        let before = context.subject.before();
        let before = before
            .as_ref()
            .and_then(Subject::pod)
            .map(|pod| pod.spec.account().map_or(token::DEFAULT, |it| *it));
        if before == Some(name) {
            return;
        }
        let place = account.map_or(pod.spec.missing("serviceAccountName"), |account| account.place());
        let namespace = context.subject.namespace.unwrap_or_default();
        if !params.allowed.is_empty() && !params.allowed.iter().any(|allowed| allowed == name) {
            out.report(place, format_args!("the ServiceAccount `{}` may not be used here", shown(name)));
        } else if let Some(before) = before.filter(|_| params.keep) {
            out.report(
                place,
                format_args!("changes the ServiceAccount from `{}` to `{}`", shown(before), shown(name)),
            );
        } else if params.own_only
            && service_account(request.user).is_some_and(|user| user != (namespace, name))
        {
            let (user, name) = (shown_within(request.user, 50), shown_within(name, 30));
            out.report(place, format_args!("`{user}` uses the ServiceAccount `{name}`"));
        }
    }
}

/// The namespace and the name of the ServiceAccount that a user is.
fn service_account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// Whether a user is a controller of Kubernetes; no namespace but its own is beyond doubt.
fn is_controller(user: &str) -> bool {
    user == "system:kube-controller-manager"
        || service_account(user).is_some_and(|(namespace, _)| namespace == "kube-system")
}
