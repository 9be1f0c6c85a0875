//! `APH05 removed-api`: the next version of the cluster does not know what it is told.

use super::target::{self, Params};
use crate::policy::prelude::*;

policy! {
    /// An object is written in an API version that the target version of Kubernetes no longer serves.
    ///
    /// What the client or the file wrote counts, not what the API server made of it. The target is the version after the
    /// newest that Seawall knows, unless `targetVersion` or `seawall check --kubernetes-version` names another. Versions
    /// that cert-manager, Istio and External Secrets have given up are found whatever the target.
    ///
    /// ## Why
    /// After the upgrade the pipeline fails at the first `apply`, and Helm cannot even remove the release: it has
    /// manifests that nobody understands. The API server warns, but warnings of pipelines are read by nobody.
    ///
    /// ## Fix
    /// Write the API version that the message names, with the fields that it has; `kubectl convert` helps.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: policy/v1beta1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ```
    pub(super) RemovedApi = {
        code: "APH05",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: target::KINDS,
        equivalents: [
            "kube-linter:no-extensions-v1beta", "kyverno:check-deprecated-apis", "gatekeeper:verifydeprecatedapi",
            "trivy:KSV-0107", "kubewarden:deprecated-api-versions-policy", "kube-score:stable-version",
            "datree:K8S_REMOVED_APIVERSION_1.22", "datree:K8S_REMOVED_APIVERSION_1.23",
            "datree:K8S_REMOVED_APIVERSION_1.24", "datree:K8S_REMOVED_APIVERSION_1.25",
            "datree:K8S_REMOVED_APIVERSION_1.26", "datree:K8S_REMOVED_APIVERSION_1.27",
        ],
        references: ["https://kubernetes.io/docs/reference/using-api/deprecation-guide/"],
    }
}

impl Check for RemovedApi {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(lifecycle) = target::lifecycle(subject).filter(|it| it.is_gone_in(params.minor())) else {
            return;
        };
        let Some(object) = subject.object else { return };
        let end = format_args!("ends with {}", lifecycle.end);
        out.report(target::place(object), target::message(lifecycle, end));
    }
}
