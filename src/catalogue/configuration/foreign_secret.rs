//! `CFG09 foreign-secret`: a workload uses its own Secrets.

use crate::object::Text;
use crate::object::pod::{Pod, PodContainer};
use crate::object::references::Source;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// A workload uses a Secret that is not one of its own, by its name.
    ///
    /// Its own are those whose names begin with the value of a label of the Pod, followed by `-` or nothing: the Secrets
    /// of `shop` are `shop` and `shop-…`. What `allowed` names is everybody's. A Pod without the label is judged by
    /// `allowed` alone, if that has anything. Variables, `envFrom`, volumes and projected volumes count; pull secrets
    /// do not.
    ///
    /// ## Why
    /// Whoever may create Pods in a namespace can use every Secret in it. When one application has been broken into, the
    /// credentials of all its neighbours are lost too; and when a Secret has to be changed, nobody knows who uses it.
    ///
    /// ## Fix
    /// Give the workload a Secret of its own, with only what it needs, named as the contract says.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: shop }
    /// spec:
    ///   selector: { matchLabels: { app: shop } }
    ///   template:
    ///     metadata: { labels: { app: shop, app.kubernetes.io/name: shop } }
    ///     spec: { containers: [{ name: shop, image: "shop:1.4.2", envFrom: [{ secretRef: { name: billing } }] }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: shop }
    /// spec:
    ///   selector: { matchLabels: { app: shop } }
    ///   template:
    ///     metadata: { labels: { app: shop, app.kubernetes.io/name: shop } }
    ///     spec: { containers: [{ name: shop, image: "shop:1.4.2", envFrom: [{ secretRef: { name: shop-db } }] }] }
    /// ```
    pub(super) ForeignSecret = {
        code: "CFG09",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Pod,
        equivalents: ["kyverno:disallow-all-secrets", "kyverno:restrict-secrets-by-name"],
        references: ["https://kubernetes.io/docs/concepts/security/secrets-good-practices/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for names of Secrets that any workload may use; `^` and `$` stand for the ends of a name.
    allowed: Patterns,
    /// Key of a label of the Pod whose value the names of its Secrets begin with; empty if there is no such contract.
    own_label: String,
}

impl Default for Params {
    fn default() -> Self {
        Self { allowed: Patterns::none(), own_label: "app.kubernetes.io/name".to_owned() }
    }
}

impl Check for ForeignSecret {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let own = pod.metadata.and_then(|metadata| metadata.labels().get(&params.own_label));
        if own.is_none() && params.allowed.is_empty() {
            return;
        }
        let is_own = |name: &str| {
            let rest = own.and_then(|own| name.strip_prefix(*own));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) || params.allowed.is_match(name)
        };
        let of_env = pod.containers.iter().flat_map(PodContainer::env_references);
        let of_env = of_env.filter(|it| it.source == Source::Secret).map(|it| it.name);
        let of_volumes = pod.spec.mounted_secrets().map(|(name, _)| name);
        for name in of_env.chain(of_volumes).filter(|name: &Text<'_>| !is_own(name)) {
            out.report(name, format_args!("Secret `{}` is none of the workload's own", shown(&name)));
        }
    }
}
