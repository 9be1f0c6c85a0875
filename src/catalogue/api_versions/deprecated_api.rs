//! `APH01 deprecated-api`: an API version that is on its way out is still served, and still written.

use super::target::{self, Params};
use crate::object::lifecycle::End;
use crate::policy::prelude::*;

policy! {
    /// An object is written in an API version that the target version of Kubernetes calls deprecated.
    ///
    /// What the client or the file wrote counts, not what the API server made of it. The target is the version after the
    /// newest that Seawall knows, unless `targetVersion` or `seawall check --kubernetes-version` names another. Where the
    /// target no longer serves it, `APH05` says so.
    ///
    /// ## Why
    /// The API server warns whoever writes, and in a pipeline nobody reads it. Seawall names the object and the user, so
    /// that its owner can be found while there is time.
    ///
    /// ## Fix
    /// Write the API version that the message names.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: resource.k8s.io/v1beta2
    /// kind: ResourceClaim
    /// metadata: { name: gpu }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: resource.k8s.io/v1
    /// kind: ResourceClaim
    /// metadata: { name: gpu }
    /// ```
    pub(super) DeprecatedApi = {
        code: "APH01",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: target::KINDS,
        yields_to: ["APH05" in Field],
        equivalents: [
            "kubewarden:deprecated-api-versions-policy", "datree:K8S_DEPRECATED_APIVERSION_1.16",
            "datree:K8S_DEPRECATED_APIVERSION_1.17", "datree:K8S_DEPRECATED_APIVERSION_1.19",
            "datree:K8S_DEPRECATED_APIVERSION_1.21", "datree:K8S_DEPRECATED_APIVERSION_1.22",
            "datree:K8S_DEPRECATED_APIVERSION_1.23", "datree:K8S_DEPRECATED_APIVERSION_1.24",
        ],
        references: ["https://kubernetes.io/docs/reference/using-api/deprecation-policy/"],
    }
}

impl Check for DeprecatedApi {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(lifecycle) = target::lifecycle(subject).filter(|it| it.is_deprecated_in(params.minor()))
        else {
            return;
        };
        let Some(object) = subject.object else { return };
        let message = match lifecycle.end {
            End::Open => target::message(lifecycle, "is deprecated"),
            end => target::message(lifecycle, format_args!("is deprecated, ends with {end}")),
        };
        out.report(target::place(object), message);
    }
}
