//! `CFG05 stale-secret-env`: what a variable took from a Secret is as old as its container.

use std::collections::HashSet;

use crate::object::configuration::has_hashed_name;
use crate::object::pod::PodContainer;
use crate::object::references::{Reference, Source};
use crate::policy::prelude::*;

policy! {
    /// A variable takes its value from a Secret or a ConfigMap, and nothing restarts the Pods when that changes.
    ///
    /// These pass: annotations of the workload for Reloader (`reloader.stakater.com/auto`, or `…/reload` with the name;
    /// `secret.` and `configmap.` in front narrow both), an annotation `checksum/…` of the Pod, and objects whose names
    /// end in a hash of their content, as kustomize makes them. Each object is reported once, at the first variable.
    ///
    /// ## Why
    /// A volume follows its Secret, a variable never does: it keeps what was there when the container started. A
    /// password is rotated, the old one is revoked, and what runs goes on with it until it is restarted: some Pods fail
    /// at once, others weeks later, whenever they happen to be moved.
    ///
    /// ## Fix
    /// Let Reloader restart the Pods (`reloader.stakater.com/auto: "true"` on the workload), or have a checksum of the
    /// content in an annotation of the Pod template.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web }
    /// spec:
    ///   selector: { matchLabels: { app: web } }
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", envFrom: [{ secretRef: { name: db } }] }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, annotations: { reloader.stakater.com/auto: "true" } }
    /// spec:
    ///   selector: { matchLabels: { app: web } }
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", envFrom: [{ secretRef: { name: db } }] }] }
    /// ```
    pub(super) StaleSecretEnv = {
        code: "CFG05",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET],
        yields_to: ["CFG04" in Field],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-environment-variables"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Keys of annotations, of the workload or of its Pod template, by which something restarts the Pods whatever has
    /// changed; one that ends in `/` stands for all that begin so. A value of `false` does not count.
    annotations: Vec<String>,
    /// Whether an object whose name ends in a hash of its content counts as one that never changes.
    accept_hashed_names: bool,
}

impl Default for Params {
    fn default() -> Self {
        let annotations = [
            "reloader.stakater.com/auto",
            "reloader.stakater.com/search",
            "wave.pusher.com/update-on-config-change",
            "checksum/",
            "checksum.config/",
            "rollme",
            "rollme/",
        ];
        Self { annotations: annotations.map(str::to_owned).into(), accept_hashed_names: true }
    }
}

impl Check for StaleSecretEnv {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(pod) = subject.pod() else { return };
        let references = pod.containers.iter().flat_map(PodContainer::env_references);
        let mut references = references.peekable();
        if references.peek().is_none() {
            return;
        }
        let own = subject.judged().and_then(|object| object.metadata());
        let annotations =
            || own.into_iter().chain(pod.metadata).flat_map(|metadata| metadata.annotations().iter());
        if annotations().any(|(key, value)| params.restarts(key) && *value != "false") {
            return;
        }
        let mut seen = HashSet::new();
        for reference in references.filter(|it| seen.insert((it.source, *it.name))) {
            let is_named = annotations().any(|(key, value)| names(key, &value, &reference));
            if is_named || params.accept_hashed_names && has_hashed_name(&reference.name) {
                continue;
            }
            let (source, name) = (reference.source.as_str(), shown(&reference.name));
            out.report(
                reference.place,
                format_args!("nothing restarts the Pods when {source} `{name}` changes"),
            );
        }
    }
}

impl Params {
    fn restarts(&self, key: &str) -> bool {
        self.annotations.iter().any(|it| key == it || it.ends_with('/') && key.starts_with(it.as_str()))
    }
}

/// Whether an annotation tells Reloader to look after this object.
fn names(key: &str, value: &str, reference: &Reference<'_>) -> bool {
    // Entries may be expressions. Those are not evaluated here: who writes one has thought of restarts.
    let is_expression = |name: &str| name.contains(['*', '+', '?', '[', '(', '|', '\\', '^', '$']);
    let listed =
        || value.split(',').map(str::trim).any(|name| name == *reference.name || is_expression(name));
    match (key, reference.source) {
        ("secret.reloader.stakater.com/auto", Source::Secret)
        | ("configmap.reloader.stakater.com/auto", Source::ConfigMap) => value != "false",
        ("secret.reloader.stakater.com/reload", Source::Secret)
        | ("configmap.reloader.stakater.com/reload", Source::ConfigMap) => listed(),
        _ => false,
    }
}
