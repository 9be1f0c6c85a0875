//! `NET24 default-ndots`: a lookup of a name outside must not be six lookups.

use crate::object::Place;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod leaves the option `ndots` of its resolver at 5, or sets it higher than allowed.
    ///
    /// Pods that do not use the DNS of the cluster are not looked at.
    ///
    /// ## Why
    /// A name with fewer dots than that is tried with every search domain first: `api.example.com` costs half a dozen queries
    /// that cannot succeed, twice over for IPv6, before the one that does. It is most of the load of many clusters' DNS, and
    /// most of the latency of many first requests.
    ///
    /// ## Fix
    /// Set `dnsConfig.options` to `[{ name: ndots, value: "2" }]`.
    ///
    /// ## Exceptions
    /// Applications that call Services by names of three labels and more (`web.shop.svc`) without a dot at the end.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// dnsConfig: { options: [{ name: ndots, value: "2" }] }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) DefaultNdots = {
        code: "NET24",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: ["kube-linter:dnsconfig-options"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The highest `ndots` that is allowed.
    max: u8,
}

impl Default for Params {
    fn default() -> Self {
        Self { max: 2 }
    }
}

impl Check for DefaultNdots {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let uses_cluster_dns = match *pod.spec.dns_policy() {
            "ClusterFirst" => !*pod.spec.host_network(),
            policy => policy == "ClusterFirstWithHostNet",
        };
        if !uses_cluster_dns {
            return;
        }
        let options = pod.spec.dns_config().into_iter().flat_map(|config| config.options().iter());
        // The resolver takes the last one, and one without a value for none.
        let option = options.filter(|option| option.name().is_some_and(|name| *name == "ndots")).last();
        let value = option.and_then(|option| option.value());
        match value.map(|value| value.parse::<u8>()) {
            Some(Ok(ndots)) if ndots <= params.max => {}
            Some(Ok(ndots)) => {
                let place = value.map_or(Place::from(pod.spec), Place::from);
                let message =
                    format!("names with fewer than {ndots} dots are looked up in the cluster first");
                out.report(place, message);
            }
            _ => {
                let missing = || pod.spec.missing("dnsConfig.options");
                let place = option.map_or_else(missing, Place::from);
                out.report(place, "`ndots` is 5: names outside are looked up in the cluster first");
            }
        }
    }
}
