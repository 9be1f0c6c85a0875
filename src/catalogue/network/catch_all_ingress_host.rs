//! `NET12 catch-all-ingress-host`: an Ingress must say whose requests it takes.

use crate::object::Place;
use crate::object::network::Ingress;
use crate::policy::prelude::*;

policy! {
    /// A rule of an Ingress has no host, or one that stands for many.
    ///
    /// ## Why
    /// The rule takes whatever comes for a host that no other Ingress names: requests for a site that is not deployed yet,
    /// for one whose Ingress was just renamed, and for every name that somebody points at the load balancer. In a cluster of
    /// many teams one of them gets the logins and cookies of another.
    ///
    /// ## Fix
    /// Name the host.
    ///
    /// ## Exceptions
    /// Domains of one team, such as those of preview environments: `allowedWildcards`, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { rules: [{ http: { paths: [{ path: /, pathType: Prefix }] } }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { rules: [{ host: shop.example.com, http: { paths: [{ path: /, pathType: Prefix }] } }] }
    /// ```
    pub(super) CatchAllIngressHost = {
        code: "NET12",
        since: "0.1.0",
        severity: Medium,
        on: Ingress,
        equivalents: [
            "kyverno:disallow-empty-ingress-host", "kyverno:restrict-ingress-wildcard",
            "gatekeeper:block-wildcard-ingress",
        ],
        references: ["https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Domains at which, and below which, a wildcard may stand: `preview.example.com` for `*.preview.example.com`.
    allowed_wildcards: Vec<String>,
}

impl Check for CatchAllIngressHost {
    type Params = Params;

    fn check(params: &Params, ingress: Ingress<'_>, _: &Context<'_>, out: &mut Findings) {
        let rules = ingress.spec().into_iter().flat_map(|spec| spec.rules().iter());
        for rule in rules {
            match rule.host().filter(|host| !host.is_empty()) {
                None => {
                    let place: Place<'_> = rule.missing("host");
                    out.report(place, "rule takes requests for every host that no other Ingress names");
                }
                Some(host) if host.contains('*') && !params.allows(&host) => {
                    let text = shown(&host);
                    out.report(
                        host,
                        format_args!("`{text}` takes requests for hosts that no other Ingress names"),
                    );
                }
                Some(_) => {}
            }
        }
    }
}

impl Params {
    fn allows(&self, host: &str) -> bool {
        let Some(domain) = host.strip_prefix("*.") else { return false };
        let is_at_or_below = |allowed: &String| {
            let rest = domain.strip_suffix(allowed.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.allowed_wildcards.iter().any(is_at_or_below)
    }
}
