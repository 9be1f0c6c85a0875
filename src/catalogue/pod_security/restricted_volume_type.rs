//! `SEC13 restricted-volume-type`: a Pod must not bring storage past the cluster's own.

use super::standards::Version;
use super::standards::restricted_volumes;
use crate::object::View as _;
use crate::object::pod::Pod;
use crate::object::volume::DriverVolumeSource;
use crate::policy::prelude::*;

policy! {
    /// A volume is of a type that the Pod Security Standard *restricted* does not allow.
    ///
    /// Allowed are `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`, `image`, `persistentVolumeClaim`,
    /// `projected` and `secret`; a volume that says nothing is an `emptyDir`, and a type that is not known is not
    /// allowed. The rule is the same at all versions.
    ///
    /// ## Why
    /// A volume such as `nfs` or `iscsi` names a server of the network, and the node mounts it as root: whoever may make
    /// Pods reaches every such server that the node reaches. No StorageClass, quota or permission stands between.
    ///
    /// ## Fix
    /// Declare a PersistentVolume for it and refer to that by `persistentVolumeClaim`, or use the type's CSI driver.
    ///
    /// ## Exceptions
    /// Where one type or one driver is meant to be used: `allowedTypes`, `allowedFlexVolumeDrivers`.
    ///
    /// ## Denied
    /// ```yaml
    /// volumes: [{ name: media, nfs: { server: nas.example.com, path: /media } }]
    /// containers: [{ name: web, image: "web:1.4.2", volumeMounts: [{ name: media, mountPath: /media }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// volumes: [{ name: media, persistentVolumeClaim: { claimName: media } }]
    /// containers: [{ name: web, image: "web:1.4.2", volumeMounts: [{ name: media, mountPath: /media }] }]
    /// ```
    pub(super) RestrictedVolumeType = {
        code: "SEC13",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        yields_to: ["SEC33" in Field, "SEC03" in Field],
        equivalents: [
            "psa:restrictedVolumes", "kyverno:restrict-volume-types", "gatekeeper:volumes",
            "gatekeeper:flexvolume-drivers", "trivy:KSV-0028", "kubewarden:volumes-psp-policy",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Types that are allowed besides those of the standard, as the API names their fields: `nfs`.
    allowed_types: Vec<String>,
    /// Drivers of `flexVolume` that are allowed: `example.com/lvm`.
    allowed_flex_volume_drivers: Vec<String>,
}

impl Check for RestrictedVolumeType {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for violation in restricted_volumes::offending(pod, Version::Latest) {
            let source = violation.place.node();
            let driver = DriverVolumeSource::view(source).filter(|_| source.key() == "flexVolume");
            let driver = driver.and_then(DriverVolumeSource::driver);
            let is_allowed = params.allowed_types.iter().any(|it| it == source.key())
                || driver.is_some_and(|it| params.allowed_flex_volume_drivers.iter().any(|own| *own == *it));
            if is_allowed {
                continue;
            }
            let owner = violation.owner.shown();
            let message = match driver {
                Some(driver) => format!("{owner} is a `flexVolume` of the driver `{}`", shown(&driver)),
                None => format!("{owner} is of the type `{}`", shown(source.key())),
            };
            out.report(violation.reported_at(), message);
        }
    }
}
