//! What connects Pods, as far as it is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lens::{Bool, Int, IntOrString, Map, NumberOrText, Text, lens};
use super::meta::{Object, ObjectMeta};
use super::selector::LabelSelector;

lens! {
    /// [`Service`](https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/).
    Service {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ServiceSpec,
    }

    /// Which Pods are reached, and by which ports.
    ServiceSpec {
        "type" => kind: Text = "ClusterIP",
        "externalName" => external_name: Text,
        "selector" => selector: {Text},
        "ports" => ports: [ServicePort],
        "clusterIP" => cluster_ip: Text = "",
        "publishNotReadyAddresses" => publish_not_ready_addresses: Bool = false,
        "internalTrafficPolicy" => internal_traffic_policy: Text = "Cluster",
        "sessionAffinity" => session_affinity: Text = "None",
        "externalIPs" => external_ips: [Text],
        "loadBalancerClass" => load_balancer_class: Text,
        "loadBalancerSourceRanges" => load_balancer_source_ranges: [Text],
    }

    /// One port.
    ServicePort {
        "name" => name: Text,
        "port" => port: Int,
        "targetPort" => target_port: IntOrString,
        "nodePort" => node_port: Int = 0,
        "protocol" => protocol: Text = "TCP",
    }

    /// [`Ingress`](https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/).
    Ingress {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: IngressSpec,
    }

    /// Which requests from outside go where.
    IngressSpec {
        "ingressClassName" => ingress_class_name: Text,
        "defaultBackend" => default_backend: IngressBackend,
        "tls" => tls: [IngressTls],
        "rules" => rules: [IngressRule],
    }

    /// [`IngressClass`](https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-class-v1/).
    IngressClass {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: IngressClassSpec,
    }

    /// Who serves the class.
    IngressClassSpec {
        "controller" => controller: Text,
    }

    /// Where requests go: to a Service, or else to something that only the controller knows.
    IngressBackend {
        "service" => service: IngressServiceBackend,
    }

    /// A Service, and which of its ports.
    IngressServiceBackend {
        "name" => name: Text,
        "port" => port: ServiceBackendPort,
    }

    /// The port of a Service, by its name or by its number.
    ServiceBackendPort {
        "name" => name: Text,
        "number" => number: Int,
    }

    /// A certificate, and the hosts that it is for.
    IngressTls {
        "hosts" => hosts: [Text],
    }

    /// What is done with requests to a host; to any, if it names none.
    IngressRule {
        "host" => host: Text,
        "http" => http: HttpIngressRuleValue,
    }

    /// Paths of a host.
    HttpIngressRuleValue {
        "paths" => paths: [HttpIngressPath],
    }

    /// One path.
    HttpIngressPath {
        "path" => path: Text,
        "pathType" => path_type: Text = "ImplementationSpecific",
        "backend" => backend: IngressBackend,
    }

    /// [`NetworkPolicy`](https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/).
    NetworkPolicy {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: NetworkPolicySpec,
    }

    /// Whom Pods may talk to.
    NetworkPolicySpec {
        "podSelector" => pod_selector: LabelSelector,
        "policyTypes" => policy_types: [Text],
        "ingress" => ingress: [NetworkPolicyRule],
        "egress" => egress: [NetworkPolicyRule],
    }

    /// What one direction lets through. The API has two types, which differ in the name of the peers.
    NetworkPolicyRule {
        "from" => from: [NetworkPolicyPeer],
        "to" => to: [NetworkPolicyPeer],
        "ports" => ports: [NetworkPolicyPort],
    }

    /// The other end of a connection.
    NetworkPolicyPeer {
        "podSelector" => pod_selector: LabelSelector,
        "namespaceSelector" => namespace_selector: LabelSelector,
        "ipBlock" => ip_block: IpBlock,
    }

    /// Addresses of the other end.
    IpBlock {
        "cidr" => cidr: Text = "",
        "except" => except: [Text],
    }

    /// Ports of the receiving end.
    NetworkPolicyPort {
        "protocol" => protocol: Text = "TCP",
        "port" => port: IntOrString,
        "endPort" => end_port: Int,
    }
}

/// The way that connections go, seen from the selected Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Direction {
    /// Into the Pods.
    Ingress,
    /// Out of the Pods.
    Egress,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ingress, Self::Egress];

    /// The word of `policyTypes`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }
}

impl<'t> Service<'t> {
    /// The labels of the Pods that the traffic goes to; `None` if somebody else says where it goes.
    pub fn selector(self) -> Option<Map<'t, Text<'t>>> {
        let spec = self.spec().filter(|spec| *spec.kind() != "ExternalName")?;
        Some(spec.selector()).filter(|selector| !selector.is_empty())
    }

    /// Whether it has no address of its own, so that names lead to each of its Pods.
    pub fn is_headless(self) -> bool {
        self.spec().is_some_and(|spec| *spec.cluster_ip() == "None")
    }
}

impl<'t> ServicePort<'t> {
    /// Where connections to the port go in a Pod: a number, or the name of a port of its containers.
    pub fn target(self) -> Option<IntOrString<'t>> {
        let written = self.target_port();
        let written = written.filter(|it| !matches!(**it, NumberOrText::Number(0) | NumberOrText::Text("")));
        written.or_else(|| self.port().map(|port| IntOrString::new(port, NumberOrText::Number(*port))))
    }
}

impl<'t> Ingress<'t> {
    /// The class, by the field or by the annotation that was there before it.
    pub fn class(self) -> Option<Text<'t>> {
        let field = self.spec().and_then(|spec| spec.ingress_class_name());
        let annotation = || self.metadata()?.annotations().get("kubernetes.io/ingress.class");
        field.or_else(annotation).filter(|class| !class.is_empty())
    }
}

impl<'t> ServiceBackendPort<'t> {
    /// Number or name, as it is given.
    pub fn either(self) -> Option<IntOrString<'t>> {
        let name = self.name().filter(|name| !name.is_empty());
        let name = name.map(|name| IntOrString::new(name, NumberOrText::Text(*name)));
        name.or_else(|| self.number().map(|number| IntOrString::new(number, NumberOrText::Number(*number))))
    }
}

/// The annotations by which external-dns is told which names lead to a Service or an Ingress.
const DNS_NAMES: [&str; 2] =
    ["external-dns.alpha.kubernetes.io/hostname", "external-dns.alpha.kubernetes.io/internal-hostname"];

/// The names that external-dns gives to an object, each with the annotation that it stands in.
pub fn dns_names(object: Object<'_>) -> impl Iterator<Item = (Text<'_>, &str)> {
    let annotations = DNS_NAMES.into_iter().filter_map(move |key| object.annotation(key));
    annotations.flat_map(|annotation| {
        let names = annotation.split(',').map(|name| name.trim().trim_end_matches('.'));
        names.filter(|name| !name.is_empty()).map(move |name| (annotation, name))
    })
}

impl<'t> NetworkPolicySpec<'t> {
    /// Whether the policy is about a direction at all: rules for one that it does not name are ignored. Without
    /// `policyTypes` it is always about what comes in, and about what goes out if it has rules for that.
    pub fn is_about(self, direction: Direction) -> bool {
        if !self.policy_types().is_empty() {
            return self.policy_types().iter().any(|it| *it == direction.as_str());
        }
        direction == Direction::Ingress || !self.egress().is_empty()
    }

    /// The rules for a direction.
    pub fn rules(self, direction: Direction) -> super::List<'t, NetworkPolicyRule<'t>> {
        match direction {
            Direction::Ingress => self.ingress(),
            Direction::Egress => self.egress(),
        }
    }

    /// Whether it selects every Pod of its namespace.
    pub fn selects_all(self) -> bool {
        self.pod_selector().is_none_or(LabelSelector::is_empty)
    }

    /// Whether every Pod of the namespace is cut off in a direction, as far as this policy goes.
    pub fn denies_all(self, direction: Direction) -> bool {
        self.selects_all() && self.is_about(direction) && self.rules(direction).is_empty()
    }
}

impl<'t> NetworkPolicyRule<'t> {
    /// The other ends that a rule for this direction lets through; if there are none, it is anybody.
    pub fn peers(self, direction: Direction) -> super::List<'t, NetworkPolicyPeer<'t>> {
        match direction {
            Direction::Ingress => self.from(),
            Direction::Egress => self.to(),
        }
    }
}
