//! `CFG22 dangling-secret-reference`: the Secrets that a Pod cannot do without must be there.

use std::collections::HashSet;

use super::reference::report_missing;
use crate::object::external_secrets::ExternalSecret;
use crate::object::meta::Object;
use crate::object::pod::Pod;
use crate::object::references::Source;
use crate::object::secret_sources::{Certificate, SealedSecret};
use crate::policy::Unknown;
use crate::policy::prelude::*;

policy! {
    /// A Pod takes variables or files from a Secret that its namespace does not have.
    ///
    /// It may come later, with the rest of what is applied. An optional reference passes, and so does a Secret that an
    /// ExternalSecret, a SealedSecret or a Certificate beside it is to make. In files nothing is looked for: Secrets do not
    /// belong there. Nothing but names is kept, so that missing keys are not found; pull secrets are not looked at, because
    /// without one the kubelet tries all the same. What a controller keeps passes: its template is judged, or its operator
    /// makes the object.
    ///
    /// It is opt-in because Kubernetes cannot let anybody see the names of Secrets alone: `rbac.secretNames` of the chart
    /// grants Seawall to list Secrets, of which it asks for nothing but metadata.
    ///
    /// ## Why
    /// The Pod is scheduled and never starts: `CreateContainerConfigError`, or a mount that is tried for ever. A name was
    /// mistyped, or the Secret was made by hand in the last cluster and nobody remembers.
    ///
    /// ## Fix
    /// Let the Secret be made in this namespace, mend the name, or set `optional: true` where the program can do without.
    ///
    /// ## Exceptions
    /// Secrets that an operator of another kind makes once the workload is there.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop, uid: 0b5c8a3e-2c55-4d3e-8e0e-5f1a1c0f7f11 }
    /// spec:
    ///   template:
    ///     spec:
    ///       containers: [{ name: web, image: "web:1.4.2", envFrom: [{ secretRef: { name: web } }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop, uid: 0b5c8a3e-2c55-4d3e-8e0e-5f1a1c0f7f11 }
    /// spec:
    ///   template:
    ///     spec:
    ///       containers: [{ name: web, image: "web:1.4.2", envFrom: [{ secretRef: { name: web } }] }]
    /// ---
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: { name: web, namespace: shop }
    /// spec: { target: { name: web } }
    /// ```
    pub(super) DanglingSecretReference = {
        code: "CFG22",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Pod,
        needs: Facts,
        reads: &[&kinds::SECRET, &kinds::EXTERNAL_SECRET, &kinds::SEALED_SECRET, &kinds::CERTIFICATE],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/configuration/secret/"],
    }
}

impl Check for DanglingSecretReference {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let is_stored = || context.subject.judged().is_some_and(Object::is_stored);
        if context.subject.request.is_none() && !is_stored() {
            return;
        }
        let mut to_come = None;
        report_missing(Source::Secret, pod, context, out, |name, out| {
            let secrets = to_come.get_or_insert_with(|| out.known(secrets_to_come(context)));
            secrets.as_ref().is_none_or(|secrets| secrets.contains(name))
        });
    }
}

/// The names of the Secrets that operators make in the namespace.
fn secrets_to_come<'t>(context: &Context<'t>) -> Result<HashSet<&'t str>, Unknown> {
    let external = context.beside::<ExternalSecret<'static>>()?;
    let external = external.into_iter().filter_map(ExternalSecret::target);
    let sealed = context.beside::<SealedSecret<'static>>()?;
    let sealed = sealed.into_iter().filter_map(|it| it.metadata()?.name());
    let certificates = context.beside::<Certificate<'static>>()?;
    let certificates = certificates.into_iter().filter_map(|it| it.spec()?.secret_name());
    Ok(external.chain(sealed).chain(certificates).map(|name| *name).collect())
}
