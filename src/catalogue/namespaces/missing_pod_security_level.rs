//! `NSP03 missing-pod-security-level`: a namespace must say what its Pods may ask of a node.

use super::{ENFORCE, LEVELS, enforced_level};
use crate::catalogue::pod_security::standards::Level;
use crate::object::Place;
use crate::object::meta::Object;
use crate::policy::prelude::*;

policy! {
    /// A Namespace enforces no Pod Security Standard, or a lower one than it must.
    ///
    /// What the API server was configured to enforce where the label is missing cannot be seen from here. A Namespace whose
    /// labels OpenShift keeps (`security.openshift.io/scc.podSecurityLabelSync: "true"`) passes.
    ///
    /// ## Why
    /// Without the label every Pod is let in: one with the disk of its node mounted, in its network, or with all rights on it.
    /// The check is built into Kubernetes, costs nothing, and still holds when no webhook answers.
    ///
    /// ## Fix
    /// Label the Namespace with `pod-security.kubernetes.io/enforce: baseline`, or `restricted` where its Pods allow it.
    ///
    /// ## Exceptions
    /// Namespaces of node agents and network plugins, and clusters whose API server has a default of its own.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: restricted } }
    /// ```
    pub(super) MissingPodSecurityLevel = {
        code: "NSP03",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[&kinds::NAMESPACE],
        yields_to: ["NSP11" in Object],
        equivalents: [
            "kyverno:add-psa-namespace-reporting", "kyverno:deny-privileged-profile", "kubescape:C-0192",
            "kubescape:C-0193", "kubescape:C-0197", "kubescape:C-0202",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The lowest level that must be enforced: `baseline` or `restricted`.
    min: Level,
    /// Whether the version of the standard must be named, so that an upgrade of the cluster does not change it.
    require_version: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { min: Level::Baseline, require_version: false }
    }
}

const VERSION: &str = "pod-security.kubernetes.io/enforce-version";
const KEPT_BY_OPENSHIFT: &str = "security.openshift.io/scc.podSecurityLabelSync";

impl Check for MissingPodSecurityLevel {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let is_kept = |object: &Object<'_>| object.label(KEPT_BY_OPENSHIFT).is_some_and(|it| *it == "true");
        let Some(namespace) = subject.object.filter(|object| !is_kept(object)) else { return };
        let min = params.min.as_str();
        match namespace.label(ENFORCE) {
            None => {
                let place = namespace.missing("metadata.labels[pod-security.kubernetes.io/enforce]");
                out.report(
                    place,
                    format_args!("Namespace enforces no Pod Security Standard, must be `{min}`"),
                );
                return;
            }
            Some(level) if LEVELS.iter().position(|it| *it == min) > Some(enforced_level(namespace)) => {
                let level = (level, shown(&level));
                out.report(
                    level.0,
                    format_args!("Namespace enforces `{}`, must be `{min}` at least", level.1),
                );
            }
            Some(_) => {}
        }
        let version = namespace.label(VERSION);
        if params.require_version && version.is_none_or(|version| *version == "latest") {
            let missing = || namespace.missing("metadata.labels[pod-security.kubernetes.io/enforce-version]");
            let place = version.map_or_else(missing, Place::from);
            out.report(place, "what the Namespace enforces changes with the version of the cluster");
        }
    }
}
