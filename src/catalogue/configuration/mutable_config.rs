//! `CFG19 mutable-config`: what was rolled out must still be there to roll back to.

use crate::object::configuration::{ConfigMap, Secret, has_hashed_name};
use crate::object::meta::Object;
use crate::object::{Bool, Place};
use crate::policy::prelude::*;

policy! {
    /// A ConfigMap or a Secret can be changed in place.
    ///
    /// With `immutable: true` it cannot, and a name that ends in a hash of the content, as kustomize makes it, says that
    /// nobody does. These pass: what a controller owns or keeps for itself (leases for leaders, the CA of the cluster,
    /// service account tokens, releases of Helm), and what has no data yet.
    ///
    /// ## Why
    /// A rollback takes a Deployment back to its old template, and finds the new configuration: the state that worked
    /// no longer exists. A change in place reaches Pods one by one, whenever each is restarted, so that two of one
    /// workload run with different settings. Reloaders rest on the opposite: choose one way for a namespace.
    ///
    /// ## Fix
    /// Give the object a name of its own for each content (kustomize does) and set `immutable: true`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: web }
    /// data: { level: info }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: web-6ct58987ht }
    /// immutable: true
    /// data: { level: info }
    /// ```
    pub(super) MutableConfig = {
        code: "CFG19",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::CONFIG_MAP, &kinds::SECRET],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Whether a name that ends in a hash of the content is enough.
    accept_hashed_names: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { accept_hashed_names: true }
    }
}

impl Check for MutableConfig {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (map, secret) = (subject.lens::<ConfigMap<'static>>(), subject.lens::<Secret<'static>>());
        let of_map = map.filter(|map| !map.data().is_empty()).map(ConfigMap::immutable);
        let has_keys = |secret: &Secret<'_>| secret.keys().next().is_some() && !secret.is_bookkeeping();
        let immutable = of_map.or_else(|| secret.filter(has_keys).map(Secret::immutable));
        let (Some(immutable), Some(object)) = (immutable, subject.judged()) else { return };
        if !is_settled(immutable, object, params) && !is_of_the_platform(object) {
            out.report(
                Place::from(immutable),
                "can be changed in place, and then there is nothing to roll back to",
            );
        }
    }
}

fn is_settled(immutable: Bool<'_>, object: Object<'_>, params: &Params) -> bool {
    *immutable || params.accept_hashed_names && object.name().is_some_and(has_hashed_name)
}

/// Whether something other than people and pipelines writes it.
fn is_of_the_platform(object: Object<'_>) -> bool {
    const NAMES: [&str; 3] = ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"];
    object.controller().is_some()
        || object.annotation("control-plane.alpha.kubernetes.io/leader").is_some()
        || object.name().is_some_and(|name| NAMES.contains(&name))
}
