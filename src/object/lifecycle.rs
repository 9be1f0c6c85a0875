//! API versions that Kubernetes or a well-known extension gives up.
//!
//! The minor versions are those of the API types' own lifecycle (`APILifecycleDeprecated`, `APILifecycleRemoved` in
//! `k8s.io/api`), and of the deprecation guide where the types are gone.

use std::fmt;

/// What becomes of some kinds in one API version.
#[derive(Debug)]
pub struct Lifecycle {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// The version.
    pub version: &'static str,
    /// Names of the kinds; empty for all of the group version.
    pub kinds: &'static [&'static str],
    /// The minor version of Kubernetes 1 from which on it is deprecated.
    pub deprecated: Option<u32>,
    /// What takes it away.
    pub end: End,
    /// The `apiVersion` to write instead, with the kind where that is another one too.
    pub instead: Option<&'static str>,
}

/// What takes an API version away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing so far.
    Open,
    /// This minor version of Kubernetes 1.
    Kubernetes(u32),
    /// A release of an extension, which is long out.
    Release(&'static str),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("nothing"),
            Self::Kubernetes(minor) => write!(f, "Kubernetes 1.{minor}"),
            Self::Release(release) => f.write_str(release),
        }
    }
}

impl Lifecycle {
    /// Whether a cluster of this minor version no longer serves it.
    pub fn is_gone_in(&self, minor: u32) -> bool {
        match self.end {
            End::Open => false,
            End::Kubernetes(removed) => removed <= minor,
            End::Release(_) => true,
        }
    }

    /// Whether a cluster of this minor version warns of it, or has given it up.
    pub fn is_deprecated_in(&self, minor: u32) -> bool {
        self.deprecated.is_some_and(|deprecated| deprecated <= minor) || self.is_gone_in(minor)
    }
}

/// What becomes of a kind in an API version; `None` if that is not known to have an end.
pub fn find(group: &str, version: &str, kind: &str) -> Option<&'static Lifecycle> {
    // Nearly everything is written so, and outside the core group none of these has an end.
    if version == "v1" && !group.is_empty() {
        return None;
    }
    ALL.iter().find(|it| {
        it.version == version && it.group == group && (it.kinds.is_empty() || it.kinds.contains(&kind))
    })
}

/// Whether a kind of this name is in the table by its name.
pub fn is_known(kind: &str) -> bool {
    ALL.iter().any(|it| it.kinds.contains(&kind))
}

const DYNAMIC_RESOURCES: &[&str] =
    &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"];
const FLOW_CONTROL: &[&str] = &["FlowSchema", "PriorityLevelConfiguration"];
const MUTATING_POLICIES: &[&str] = &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"];
const RBAC: &[&str] = &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const VALIDATING_POLICIES: &[&str] = &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];
const CERTIFICATES: &[&str] = &["Certificate", "CertificateRequest", "ClusterIssuer", "Issuer"];
const ACME: &[&str] = &["Challenge", "Order"];

macro_rules! lifecycles {
    ($($group:literal $version:literal $kinds:expr, $deprecated:tt => $end:tt $(, $instead:literal)?;)*) => {
        /// Everything that is known to have an end, or to be deprecated.
        pub static ALL: &[Lifecycle] = &[$(Lifecycle {
            group: $group,
            version: $version,
            kinds: $kinds,
            deprecated: lifecycles!(@deprecated $deprecated),
            end: lifecycles!(@end $end),
            instead: lifecycles!(@instead $($instead)?),
        }),*];
    };
    (@deprecated _) => { None };
    (@deprecated $minor:literal) => { Some($minor) };
    (@end _) => { End::Open };
    (@end ($release:literal)) => { End::Release($release) };
    (@end $minor:literal) => { End::Kubernetes($minor) };
    (@instead) => { None };
    (@instead $instead:literal) => { Some($instead) };
}

// Group and version, kinds, minor version of the deprecation => that of the removal, what to write instead.
lifecycles! {
    "" "v1" &["ComponentStatus"], 19 => _;
    "" "v1" &["Endpoints"], 33 => _, "discovery.k8s.io/v1 EndpointSlice";
    "apps" "v1beta1" &["ControllerRevision", "Deployment", "DeploymentRollback", "ReplicaSet", "StatefulSet"],
        8 => 16, "apps/v1";
    "apps" "v1beta1" &["Scale"], 8 => 16, "autoscaling/v1";
    "apps" "v1beta2" &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"],
        9 => 16, "apps/v1";
    "apps" "v1beta2" &["Scale"], 9 => 16, "autoscaling/v1";
    "extensions" "v1beta1" &["DaemonSet", "Deployment", "ReplicaSet"], 8 => 16, "apps/v1";
    "extensions" "v1beta1" &["DeploymentRollback"], 8 => 16;
    "extensions" "v1beta1" &["NetworkPolicy"], 9 => 16, "networking.k8s.io/v1";
    "extensions" "v1beta1" &["Scale"], 2 => 16;
    "extensions" "v1beta1" &["PodSecurityPolicy"], 10 => 16;
    "extensions" "v1beta1" &["Ingress"], 14 => 22, "networking.k8s.io/v1";
    "admission.k8s.io" "v1beta1" &["AdmissionReview"], 19 => 22, "admission.k8s.io/v1";
    "admissionregistration.k8s.io" "v1beta1" &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        16 => 22, "admissionregistration.k8s.io/v1";
    "admissionregistration.k8s.io" "v1alpha1" VALIDATING_POLICIES, 29 => 32, "admissionregistration.k8s.io/v1";
    "admissionregistration.k8s.io" "v1beta1" VALIDATING_POLICIES, 31 => 34, "admissionregistration.k8s.io/v1";
    "admissionregistration.k8s.io" "v1alpha1" MUTATING_POLICIES, 35 => 38, "admissionregistration.k8s.io/v1";
    "admissionregistration.k8s.io" "v1beta1" MUTATING_POLICIES, 37 => 40, "admissionregistration.k8s.io/v1";
    "apiextensions.k8s.io" "v1beta1" &["CustomResourceDefinition"], 16 => 22, "apiextensions.k8s.io/v1";
    "apiregistration.k8s.io" "v1beta1" &["APIService"], 10 => 22, "apiregistration.k8s.io/v1";
    "apidiscovery.k8s.io" "v2beta1" &["APIGroupDiscovery"], 32 => 35, "apidiscovery.k8s.io/v2";
    "audit.k8s.io" "v1alpha1" &[], 21 => 24, "audit.k8s.io/v1";
    "audit.k8s.io" "v1beta1" &[], 21 => 24, "audit.k8s.io/v1";
    "authentication.k8s.io" "v1beta1" &["TokenReview"], 19 => 22, "authentication.k8s.io/v1";
    "authentication.k8s.io" "v1alpha1" &["SelfSubjectReview"], 29 => 32, "authentication.k8s.io/v1";
    "authentication.k8s.io" "v1beta1" &["SelfSubjectReview"], 30 => 33, "authentication.k8s.io/v1";
    "authorization.k8s.io" "v1beta1"
        &["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"],
        19 => 22, "authorization.k8s.io/v1";
    "autoscaling" "v2beta1" &["HorizontalPodAutoscaler"], 22 => 25, "autoscaling/v2";
    "autoscaling" "v2beta2" &["HorizontalPodAutoscaler"], 23 => 26, "autoscaling/v2";
    "batch" "v1beta1" &["CronJob"], 21 => 25, "batch/v1";
    "certificates.k8s.io" "v1beta1" &["CertificateSigningRequest"], 19 => 22, "certificates.k8s.io/v1";
    "certificates.k8s.io" "v1alpha1" &["ClusterTrustBundle"], 34 => 37, "certificates.k8s.io/v1";
    "certificates.k8s.io" "v1beta1" &["ClusterTrustBundle", "PodCertificateRequest"],
        37 => 40, "certificates.k8s.io/v1";
    "coordination.k8s.io" "v1beta1" &["Lease"], 19 => 22, "coordination.k8s.io/v1";
    "coordination.k8s.io" "v1alpha2" &["LeaseCandidate"], 35 => 38;
    "coordination.k8s.io" "v1beta1" &["LeaseCandidate"], 36 => 39;
    "discovery.k8s.io" "v1beta1" &["EndpointSlice"], 21 => 25, "discovery.k8s.io/v1";
    "events.k8s.io" "v1beta1" &["Event"], 22 => 25, "events.k8s.io/v1";
    "flowcontrol.apiserver.k8s.io" "v1beta1" FLOW_CONTROL, 23 => 26, "flowcontrol.apiserver.k8s.io/v1";
    "flowcontrol.apiserver.k8s.io" "v1beta2" FLOW_CONTROL, 26 => 29, "flowcontrol.apiserver.k8s.io/v1";
    "flowcontrol.apiserver.k8s.io" "v1beta3" FLOW_CONTROL, 29 => 32, "flowcontrol.apiserver.k8s.io/v1";
    "lifecycle.k8s.io" "v1alpha1" &["Eviction", "EvictionRequest"], 40 => 43;
    "networking.k8s.io" "v1beta1" &["Ingress", "IngressClass"], 19 => 22, "networking.k8s.io/v1";
    "networking.k8s.io" "v1alpha1" &["IPAddress", "ServiceCIDR"], 30 => 33, "networking.k8s.io/v1";
    "networking.k8s.io" "v1beta1" &["IPAddress", "ServiceCIDR"], 34 => 37, "networking.k8s.io/v1";
    "node.k8s.io" "v1alpha1" &["RuntimeClass"], 20 => 24, "node.k8s.io/v1";
    "node.k8s.io" "v1beta1" &["RuntimeClass"], 22 => 25, "node.k8s.io/v1";
    "policy" "v1beta1" &["Eviction"], 22 => 25, "policy/v1";
    "policy" "v1beta1" &["PodDisruptionBudget"], 21 => 25, "policy/v1";
    "policy" "v1beta1" &["PodSecurityPolicy"], 21 => 25;
    "rbac.authorization.k8s.io" "v1alpha1" RBAC, 17 => 22, "rbac.authorization.k8s.io/v1";
    "rbac.authorization.k8s.io" "v1beta1" RBAC, 17 => 22, "rbac.authorization.k8s.io/v1";
    "resource.k8s.io" "v1alpha3" DYNAMIC_RESOURCES, 32 => 34, "resource.k8s.io/v1";
    "resource.k8s.io" "v1beta1" DYNAMIC_RESOURCES, 35 => 38, "resource.k8s.io/v1";
    "resource.k8s.io" "v1beta2" DYNAMIC_RESOURCES, 36 => 39, "resource.k8s.io/v1";
    "resource.k8s.io" "v1alpha3" &["DeviceTaintRule"], 36 => 39;
    "resource.k8s.io" "v1beta2" &["DeviceTaintRule"], 39 => 42;
    "resource.k8s.io" "v1alpha3" &["ResourcePoolStatusRequest"], 39 => 42;
    "scheduling.k8s.io" "v1alpha1" &["PriorityClass"], 14 => 17, "scheduling.k8s.io/v1";
    "scheduling.k8s.io" "v1beta1" &["PriorityClass"], 14 => 22, "scheduling.k8s.io/v1";
    "scheduling.k8s.io" "v1beta1" &["PodGroup", "Workload"], 40 => 43;
    "storage.k8s.io" "v1alpha1" &["CSIStorageCapacity", "VolumeAttachment"], 21 => 24, "storage.k8s.io/v1";
    "storage.k8s.io" "v1beta1" &["CSIDriver", "StorageClass", "VolumeAttachment"], 19 => 22, "storage.k8s.io/v1";
    "storage.k8s.io" "v1beta1" &["CSINode"], 17 => 22, "storage.k8s.io/v1";
    "storage.k8s.io" "v1beta1" &["CSIStorageCapacity"], 24 => 27, "storage.k8s.io/v1";
    "storage.k8s.io" "v1alpha1" &["VolumeAttributesClass"], 32 => 35, "storage.k8s.io/v1";
    "storage.k8s.io" "v1beta1" &["VolumeAttributesClass"], 34 => 37, "storage.k8s.io/v1";
    "storagemigration.k8s.io" "v1alpha1" &["StorageVersionMigration"], 33 => 35, "storagemigration.k8s.io/v1";
    "storagemigration.k8s.io" "v1beta1" &["StorageVersionMigration"], 37 => 40, "storagemigration.k8s.io/v1";
    // What others serve: their release decides, not the version of the cluster.
    "acme.cert-manager.io" "v1alpha2" ACME, _ => ("cert-manager 1.6"), "acme.cert-manager.io/v1";
    "acme.cert-manager.io" "v1alpha3" ACME, _ => ("cert-manager 1.6"), "acme.cert-manager.io/v1";
    "acme.cert-manager.io" "v1beta1" ACME, _ => ("cert-manager 1.6"), "acme.cert-manager.io/v1";
    "authentication.istio.io" "v1alpha1" &[], _ => ("Istio 1.6"), "security.istio.io/v1";
    "cert-manager.io" "v1alpha2" CERTIFICATES, _ => ("cert-manager 1.6"), "cert-manager.io/v1";
    "cert-manager.io" "v1alpha3" CERTIFICATES, _ => ("cert-manager 1.6"), "cert-manager.io/v1";
    "cert-manager.io" "v1beta1" CERTIFICATES, _ => ("cert-manager 1.6"), "cert-manager.io/v1";
    "certmanager.k8s.io" "v1alpha1" &[], _ => ("cert-manager 0.11"), "cert-manager.io/v1";
    "external-secrets.io" "v1beta1"
        &["ClusterExternalSecret", "ClusterSecretStore", "ExternalSecret", "SecretStore"],
        _ => ("External Secrets 0.17"), "external-secrets.io/v1";
    "rbac.istio.io" "v1alpha1" &[], _ => ("Istio 1.6"), "security.istio.io/v1 AuthorizationPolicy";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (group, version, kind, minor, deprecated, gone) in [
            ("apps", "v1beta2", "Deployment", 8, false, false),
            ("apps", "v1beta2", "Deployment", 9, true, false),
            ("apps", "v1beta2", "Deployment", 16, true, true),
            ("extensions", "v1beta1", "Ingress", 21, true, false),
            ("flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema", 29, true, false),
            ("", "v1", "Endpoints", 99, true, false),
            ("cert-manager.io", "v1alpha2", "Certificate", 0, true, true),
            ("audit.k8s.io", "v1beta1", "Policy", 23, true, false),
        ] {
            let it = find(group, version, kind).unwrap();
            assert_eq!(
                (it.is_deprecated_in(minor), it.is_gone_in(minor)),
                (deprecated, gone),
                "{it:?} {minor}"
            );
        }
        for (group, version, kind) in [
            ("apps", "v1", "Deployment"),
            ("", "v1", "Pod"),
            ("apps", "v1beta1", "DaemonSet"),
            ("autoscaling", "v1beta1", "Deployment"),
            ("networking", "v1alpha1", "IPAddress"),
            ("coordination.k8s.io", "v1", "Lease"),
        ] {
            assert!(find(group, version, kind).is_none(), "{group}/{version} {kind}");
        }
    }

    #[test]
    fn nothing_is_in_the_table_twice_or_ends_before_it_is_deprecated() {
        for it in ALL {
            for kind in it.kinds {
                let found = find(it.group, it.version, kind);
                assert!(
                    found.is_some_and(|found| std::ptr::eq(found, it)),
                    "{}/{} {kind}",
                    it.group,
                    it.version
                );
            }
            if let (Some(deprecated), End::Kubernetes(removed)) = (it.deprecated, it.end) {
                assert!(deprecated < removed, "{}/{}", it.group, it.version);
            }
        }
    }

    #[test]
    fn nothing_of_a_v1_ends_but_in_the_core_group() {
        assert!(ALL.iter().all(|it| it.version != "v1" || it.group.is_empty()));
    }

    #[test]
    fn what_is_written_instead_has_no_end_itself() {
        for it in ALL {
            let Some((api_version, kind)) =
                it.instead.map(|instead| instead.split_once(' ').unwrap_or((instead, "")))
            else {
                continue;
            };
            let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
            let named = [kind];
            for kind in if kind.is_empty() { it.kinds } else { &named[..] } {
                assert!(find(group, version, kind).is_none(), "{api_version} {kind}");
            }
        }
    }
}
