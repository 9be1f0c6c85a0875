//! `RBA01 automounted-token`: who does not talk to the API needs no token for it.

use crate::object::View as _;
use crate::object::kinds::Kind;
use crate::object::pod::Pod;
use crate::object::rbac::ServiceAccount;
use crate::policy::prelude::*;

use super::shared::{rights, token};

policy! {
    /// Pods are given a token for the API server that they do not need.
    ///
    /// That is sure of the ServiceAccount `default` as long as nothing is bound to it: every Pod runs under it that
    /// says nothing else. `default-service-account` speaks of those Pods. Of any other account it is sure where it and all
    /// bindings are known and none gives it a role; they may come later, with the rest of what is applied. What a controller
    /// keeps is judged by its template.
    ///
    /// With `onlyUnbound: false` every ServiceAccount and every Pod has to switch the token off itself; who needs one mounts
    /// a `serviceAccountToken` volume. A Pod that was made without a token passes.
    ///
    /// ## Why
    /// The token lies in every container as a file. Whoever gets to read files, by a hole in the program or in one
    /// of its libraries, asks the API server with it for whatever the account may have, now or when somebody binds a
    /// role to it.
    ///
    /// ## Fix
    /// Set `automountServiceAccountToken: false`.
    ///
    /// ## Exceptions
    /// What shows its token to somebody else than the API server. Agents of Vault and Consul, which log in with it, are known
    /// by their annotations.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: { name: default, namespace: shop }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: { name: default, namespace: shop }
    /// automountServiceAccountToken: false
    /// ```
    pub(super) AutomountedToken = {
        code: "RBA01",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: KINDS,
        reads: &[&kinds::SERVICE_ACCOUNT, &kinds::ROLE_BINDING, &kinds::CLUSTER_ROLE_BINDING],
        yields_to: ["RBA02" in Object],
        equivalents: [
            "polaris:automountServiceAccountToken", "kyverno:restrict-automount-sa-token",
            "kyverno:restrict-sa-automount-sa-token", "gatekeeper:automount-serviceaccount-token", "trivy:KSV-0036",
            "kubescape:C-0034", "kubescape:C-0189", "kubescape:C-0190", "kubescape:C-0225", "kubescape:C-0239",
            "kubescape:C-0261",
            "datree:SRVACC_INCORRECT_AUTOMOUNTSERVICEACCOUNTTOKEN_VALUE",
        ],
        references: [
            "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting",
        ],
    }
}

const KINDS: &[&Kind] = &kinds::pod_carriers_and(&kinds::SERVICE_ACCOUNT);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Whether only accounts are judged that surely have no rights.
    only_unbound: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { only_unbound: true }
    }
}

/// As whom Kubernetes makes the account `default` of every namespace, in clusters with and without a ServiceAccount for
/// each controller.
const CONTROLLERS: [&str; 2] =
    ["system:serviceaccount:kube-system:service-account-controller", "system:kube-controller-manager"];

/// Annotations of Pods with an agent that logs in somewhere with the token.
const LOGGED_IN: [&str; 2] = ["vault.hashicorp.com/agent-inject", "consul.hashicorp.com/connect-inject"];

impl Check for AutomountedToken {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if let Some(account) = subject.lens::<ServiceAccount<'static>>() {
            let automount = account.automount_service_account_token();
            let is_judged = !params.only_unbound || subject.name == Some("default");
            let is_made_by_kubernetes = subject.request.is_some_and(|it| CONTROLLERS.contains(&it.user));
            if *automount && is_judged && !is_made_by_kubernetes {
                out.report(automount, "puts a token for the API server into every Pod of this account")
                    .fix(Fix::set(automount, false));
            }
        } else if let Some(pod) = subject.pod().filter(|pod| token::is_mounted(pod)) {
            if params.only_unbound {
                return check_unbound(pod, context, out);
            }
            let automount = pod.spec.automount_service_account_token();
            out.report(automount, "puts a token for the API server into every container")
                .fix(Fix::set(automount, false));
        }
    }
}

/// Reports a token with which nothing can be done, where that is known.
fn check_unbound(pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
    // Where a file does not say its namespace, nobody knows which bindings are for it.
    let Context { subject: Subject { namespace: Some(namespace), .. }, facts } = context else { return };
    let Some(account) = pod.spec.account().filter(|name| **name != token::DEFAULT) else { return };
    let is_kept = context.subject.judged().is_none_or(|object| object.controller().is_some());
    let annotations = pod.metadata.map(|metadata| metadata.annotations());
    let logs_in = |key: &&str| annotations.and_then(|it| it.get(key)).is_some_and(|value| *value == "true");
    if is_kept || LOGGED_IN.iter().any(logs_in) {
        return;
    }
    let Ok(Some(found)) = facts.named(&kinds::SERVICE_ACCOUNT, Some(namespace), &account) else { return };
    let automount = ServiceAccount::view(found.node()).map(|it| *it.automount_service_account_token());
    // The Pod has the last word.
    let is_unsaid = !pod.spec.automount_service_account_token().place().absent_path().is_empty();
    if is_unsaid && automount == Some(false) {
        return;
    }
    if let Ok(false) = rights::has_any(context, namespace, &account) {
        let message =
            format!("has a token of the ServiceAccount `{}`, to which no role is bound", shown(&account));
        out.report(account, message).awaited();
    }
}
