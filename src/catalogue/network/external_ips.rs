//! `NET04 external-ips`: a Service must not take addresses that belong to others.

use crate::object::cidr::Cidr;
use crate::object::network::Service;
use crate::policy::params::IpRange;
use crate::policy::prelude::*;

policy! {
    /// A Service lists an address in `externalIPs` that is not allowed for that.
    ///
    /// Where nothing reads the list, in Services that are headless or only a name, it is not looked at.
    ///
    /// ## Why
    /// Every node sends what goes to that address into the Service, and nobody checks whose address it is: whoever may
    /// write a Service can take over the traffic of the cluster to a name server, a database or a public site, and read it
    /// (CVE-2020-8554). Kubernetes has deprecated the field.
    ///
    /// ## Fix
    /// Remove `externalIPs`; use a Service of the type `LoadBalancer` or an Ingress.
    ///
    /// ## Exceptions
    /// Clusters on bare metal that have addresses of their own for this: name them in `allowed`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 53 }], externalIPs: [192.0.2.53] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 53 }] }
    /// ```
    pub(super) ExternalIps = {
        code: "NET04",
        since: "0.1.0",
        severity: Medium,
        on: Service,
        equivalents: [
            "kyverno:restrict-service-external-ips", "gatekeeper:externalip", "trivy:KSV-0108",
        ],
        references: ["https://github.com/kubernetes/kubernetes/issues/97076"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Addresses that Services may take, and ranges of such.
    allowed: Vec<IpRange>,
}

impl Check for ExternalIps {
    type Params = Params;

    fn check(params: &Params, service: Service<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = service.spec() else { return };
        if *spec.kind() == "ExternalName" || *spec.cluster_ip() == "None" {
            return;
        }
        for ip in spec.external_ips().iter() {
            let address = Cidr::of_address(&ip);
            if !address.is_some_and(|address| params.allowed.iter().any(|it| it.contains(address))) {
                out.report(ip, format_args!("takes what goes to `{}`, whoever that belongs to", shown(&ip)));
            }
        }
    }
}
