//! What OpenShift has of its own, as far as it is read.

use super::lens::{Bool, lens};
use super::meta::ObjectMeta;

lens! {
    /// [`SecurityContextConstraints`](https://docs.redhat.com/en/documentation/openshift_container_platform/latest/html/security_apis/securitycontextconstraints-security-openshift-io-v1):
    /// what a Pod of somebody who may `use` them is allowed.
    SecurityContextConstraints {
        "metadata" => metadata: ObjectMeta,
        "allowPrivilegedContainer" => allow_privileged_container: Bool = false,
    }
}
