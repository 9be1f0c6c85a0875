//! `NET03 open-load-balancer`: a load balancer must know who its clients are.

use std::collections::BTreeMap;

use crate::object::cidr::Cidr;
use crate::object::network::{Service, ServiceSpec};
use crate::object::{Place, Text};
use crate::policy::params::IpRange;
use crate::policy::prelude::*;

policy! {
    /// A Service of the type `LoadBalancer` takes connections from any address.
    ///
    /// It is closed if an annotation or its class makes the load balancer an internal one, or if every source range is
    /// narrow: the widest private networks (`10.0.0.0/8`, `fc00::/7`) are, `0.0.0.0/1` is not. Ranges may stand in the
    /// field or in the annotation that was there before it; the field wins.
    ///
    /// ## Why
    /// The address is found within minutes and tried by everybody who scans for databases, queues and dashboards. What
    /// was meant for the office has the whole world at its login, and nothing in the cluster shows it.
    ///
    /// ## Fix
    /// Name the clients in `loadBalancerSourceRanges`, or ask for an internal load balancer by the annotation of your cloud.
    ///
    /// ## Exceptions
    /// The front door that is meant for everybody, such as the Service of the ingress controller.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 443 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { type: LoadBalancer, loadBalancerSourceRanges: [198.51.100.0/24], selector: { app: web }, ports: [{ port: 443 }] }
    /// ```
    pub(super) OpenLoadBalancer = {
        code: "NET03",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Service,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Ranges that clients may be in, as wide as they are; any that is narrow, if there is none.
    allowed: Vec<IpRange>,
    /// Annotations that make a load balancer internal, with the value that does, in whatever case.
    internal_annotations: BTreeMap<String, String>,
    /// Classes of load balancers that are internal.
    internal_classes: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let annotations = [
            ("cloud.google.com/load-balancer-type", "internal"),
            ("load-balancer.hetzner.cloud/disable-public-network", "true"),
            ("networking.gke.io/load-balancer-type", "internal"),
            ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"),
            ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
            ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
            ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
            ("service.beta.kubernetes.io/do-loadbalancer-network", "internal"),
            ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
            ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"),
            ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"),
        ];
        Self {
            allowed: Vec::new(),
            internal_annotations: annotations.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            internal_classes: vec!["tailscale".to_owned()],
        }
    }
}

/// Where the ranges stood before there was a field for them; clouds still read it.
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

impl Check for OpenLoadBalancer {
    type Params = Params;

    fn check(params: &Params, service: Service<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = service.spec().filter(|spec| *spec.kind() == "LoadBalancer") else { return };
        if params.is_internal(service, spec) {
            return;
        }
        let ranges = spec.load_balancer_source_ranges();
        let mut report = |place: Place<'_>, range: &str| {
            out.report(place, format_args!("load balancer takes connections from `{}`", shown(range)));
        };
        if !ranges.is_empty() {
            let open = ranges.iter().filter(|range| params.is_open(range.trim()));
            open.for_each(|range| report(range.into(), &range));
        } else if let Some(annotated) = annotation(service, SOURCE_RANGES).filter(|it| !it.trim().is_empty())
        {
            if let Some(open) = annotated.split(',').map(str::trim).find(|range| params.is_open(range)) {
                report(annotated.into(), open);
            }
        } else {
            out.report(ranges, "load balancer takes connections from any address");
        }
    }
}

impl Params {
    fn is_internal(&self, service: Service<'_>, spec: ServiceSpec<'_>) -> bool {
        let class = spec.load_balancer_class();
        class.is_some_and(|class| self.internal_classes.iter().any(|it| it == *class))
            || self.internal_annotations.iter().any(|(key, internal)| {
                annotation(service, key).is_some_and(|value| value.eq_ignore_ascii_case(internal))
            })
    }

    /// Whether clients of a range must not get in. What is no range, the API server refuses.
    fn is_open(&self, range: &str) -> bool {
        let Some(range) = Cidr::parse(range) else { return false };
        let is_listed = self.allowed.iter().any(|allowed| allowed.contains(range));
        !is_listed && (range.is_wider_than_private() || !self.allowed.is_empty())
    }
}

fn annotation<'t>(service: Service<'t>, key: &str) -> Option<Text<'t>> {
    service.metadata()?.annotations().get(key)
}
