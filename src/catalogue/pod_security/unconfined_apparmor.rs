//! `SEC08 unconfined-apparmor`: a container must not turn the AppArmor profile of its runtime off.

use std::collections::BTreeSet;

use super::standards::{Version, Violation, app_armor_profile};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod or a container sets an AppArmor profile that restricts nothing, by field or by annotation.
    ///
    /// To set none is to have that of the runtime. A container with both the field and the annotation is reported
    /// once.
    ///
    /// ## Why
    /// The profile of the runtime keeps root in a container from mounting, from writing to `/proc` and `/sys`, and
    /// from tracing other processes. Without it one mistake elsewhere is enough.
    ///
    /// ## Fix
    /// Remove the profile or the annotation, or set `appArmorProfile.type` to `RuntimeDefault`.
    ///
    /// ## Exceptions
    /// Builders of images that run without root, and agents with a profile to be written still.
    ///
    /// ## Denied
    /// ```yaml
    /// securityContext: { appArmorProfile: { type: Unconfined } }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// securityContext: { appArmorProfile: { type: Localhost, localhostProfile: web } }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) UnconfinedApparmor = {
        code: "SEC08",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        yields_to: ["SEC01" in Container],
        equivalents: [
            "psa:appArmorProfile", "kyverno:restrict-apparmor-profiles", "gatekeeper:apparmor",
            "trivy:KSV-0002",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

impl Check for UnconfinedApparmor {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let offending: Vec<_> = app_armor_profile::offending(pod, Version::Latest).collect();
        // API servers of some versions write the annotation beside the field.
        let fields = offending.iter().filter(|it| !is_annotation(it));
        let by_field: BTreeSet<_> = fields.filter_map(|it| it.owner.name()).collect();
        for violation in &offending {
            if is_annotation(violation) && violation.owner.name().is_some_and(|name| by_field.contains(name))
            {
                continue;
            }
            let (owner, value) = (violation.owner.shown(), violation.shown_value(15));
            let message = format_args!("{owner} has the AppArmor profile `{value}`, which restricts nothing");
            out.report(violation.place, message);
        }
    }
}

fn is_annotation(violation: &Violation<'_>) -> bool {
    violation.place.node().parent().is_some_and(|parent| parent.key() == "annotations")
}
