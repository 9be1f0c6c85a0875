//! `NET14 unapproved-ingress-class`: an Ingress must be for a controller that is meant for it.

use crate::object::View as _;
use crate::object::network::{Ingress, IngressClass};
use crate::policy::Unknown;
use crate::policy::prelude::*;

policy! {
    /// An Ingress is of a class that is not on the list, or of none where one is required.
    ///
    /// The class stands in `ingressClassName`, or in the annotation that was there before the field. One that names none is
    /// given the default class of the cluster, if there is one, before it gets here; in a file it just names none. A class is
    /// approved by its own name, or by that of its controller (`controllers`), which its IngressClass tells.
    ///
    /// ## Why
    /// The class decides whether an application is in the internal network or in the whole world, and which rules, limits and
    /// logs stand before it. One that no controller knows is served by none, without an error.
    ///
    /// ## Fix
    /// Set `ingressClassName` to one that is approved for the namespace.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { ingressClassName: ngnix, rules: [{ host: shop.example.com }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { ingressClassName: nginx, rules: [{ host: shop.example.com }] }
    /// ```
    pub(super) UnapprovedIngressClass = {
        code: "NET14",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Ingress,
        reads: &[&kinds::INGRESS_CLASS],
        equivalents: ["kyverno:restrict-ingress-classes"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Classes that an Ingress may be of. Those that controllers give themselves, unless it is set.
    allowed: Vec<String>,
    /// Controllers whose classes are approved, whatever they are called: `spec.controller` of IngressClasses.
    controllers: Vec<String>,
    /// Whether an Ingress must name one.
    required: bool,
}

impl Default for Params {
    fn default() -> Self {
        let classes = [
            "alb",
            "apisix",
            "azure-application-gateway",
            "cilium",
            "contour",
            "gce",
            "gce-internal",
            "haproxy",
            "higress",
            "istio",
            "kong",
            "nginx",
            "openshift-default",
            "tailscale",
            "traefik",
        ];
        Self { allowed: classes.map(str::to_owned).into(), controllers: Vec::new(), required: false }
    }
}

impl Check for UnapprovedIngressClass {
    type Params = Params;

    fn check(params: &Params, ingress: Ingress<'_>, context: &Context<'_>, out: &mut Findings) {
        match ingress.class() {
            Some(class) if params.allowed.iter().any(|it| it == *class) => {}
            Some(class) => {
                if let Some(false) = out.known(params.approves_controller(&class, context)) {
                    let message =
                        format!("Ingress is of the class `{}`, which is not approved", shown(&class));
                    out.report(class, message);
                }
            }
            None if params.required => {
                out.report(ingress.missing("spec.ingressClassName"), "Ingress names no class");
            }
            None => {}
        }
    }
}

impl Params {
    /// Whether the controller of a class is approved.
    fn approves_controller(&self, class: &str, context: &Context<'_>) -> Result<bool, Unknown> {
        if self.controllers.is_empty() {
            return Ok(false);
        }
        let class = context.facts.named(&kinds::INGRESS_CLASS, None, class)?;
        let class = class.and_then(|class| IngressClass::view(class.node()));
        let controller = class.and_then(|class| class.spec()?.controller());
        Ok(controller.is_some_and(|controller| self.controllers.iter().any(|it| it == *controller)))
    }
}
