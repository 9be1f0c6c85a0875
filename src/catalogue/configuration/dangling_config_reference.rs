//! `CFG13 dangling-config-reference`: what a Pod is configured with must be there.

use std::collections::HashSet;

use crate::object::external_secrets::ExternalSecret;
use crate::object::pod::Pod;
use crate::object::references::{Reference, Source};
use crate::object::secret_sources::{Certificate, SealedSecret};
use crate::policy::Unknown;
use crate::policy::prelude::*;

policy! {
    /// A Pod takes variables or files from a ConfigMap or a Secret that its namespace does not have.
    ///
    /// The object may come later, with the rest of what is applied. An optional reference passes, and so does a Secret that an
    /// ExternalSecret, a SealedSecret or a Certificate beside it is to make. In files only ConfigMaps are looked for: Secrets
    /// do not belong there. What an object holds is not known, so that missing keys are not found. Pull secrets are not
    /// looked at: without one the kubelet tries all the same. What a controller keeps passes: its template is judged, or its
    /// operator makes the object.
    ///
    /// ## Why
    /// The Pod is scheduled and never starts: `CreateContainerConfigError`, or a mount that is tried for ever. A name was
    /// mistyped, or the object was made by hand in the last cluster and nobody remembers.
    ///
    /// ## Fix
    /// Add the object to this namespace, mend the name, or set `optional: true` where the program can do without.
    ///
    /// ## Exceptions
    /// Secrets and ConfigMaps that an operator of another kind makes once the workload is there.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     spec:
    ///       containers: [{ name: web, image: "web:1.4.2", envFrom: [{ configMapRef: { name: web } }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     spec:
    ///       containers: [{ name: web, image: "web:1.4.2", envFrom: [{ configMapRef: { name: web } }] }]
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: web, namespace: shop }
    /// data: { LOG_LEVEL: info }
    /// ```
    pub(super) DanglingConfigReference = {
        code: "CFG13",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        needs: Facts,
        reads: &[
            &kinds::CONFIG_MAP, &kinds::SECRET, &kinds::EXTERNAL_SECRET, &kinds::SEALED_SECRET,
            &kinds::CERTIFICATE,
        ],
        equivalents: ["kube-linter:env-value-from"],
        references: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/"],
    }
}

/// ConfigMaps that Kubernetes, and OpenShift, put into every namespace.
const EVERYWHERE: [&str; 2] = ["kube-root-ca.crt", "openshift-service-ca.crt"];

impl Check for DanglingConfigReference {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(object) = context.subject.judged().filter(|object| object.controller().is_none()) else {
            return;
        };
        let is_file =
            context.subject.request.is_none() && object.metadata().is_none_or(|it| it.uid().is_none());
        let in_env = pod.containers.iter().flat_map(|container| container.env_references());
        let is_needed = |it: &Reference<'_>| !it.optional && !it.name.is_empty();
        let is_said = |it: &Reference<'_>| it.source == Source::ConfigMap || !is_file;
        let needed = pod.spec.volume_references().chain(in_env).filter(|it| is_needed(it) && is_said(it));
        let (mut seen, mut to_come) = (HashSet::new(), None);
        for reference in needed {
            let (source, name) = (reference.source, *reference.name);
            let is_everywhere = source == Source::ConfigMap && EVERYWHERE.contains(&name);
            if is_everywhere || !seen.insert((source, name)) {
                continue;
            }
            let found = context.facts.named(source.kind(), context.subject.namespace, name);
            let Some(None) = out.known(found) else { continue };
            if source == Source::Secret {
                let secrets = to_come.get_or_insert_with(|| out.known(secrets_to_come(context)));
                if secrets.as_ref().is_none_or(|secrets| secrets.contains(name)) {
                    continue;
                }
            }
            let message = format!("the namespace has no {} `{}`", source.as_str(), shown(name));
            out.report(reference.name, message).awaited();
        }
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
