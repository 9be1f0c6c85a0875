//! What connects Pods, as far as it is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lens::{Int, IntOrString, Text, lens};
use super::meta::ObjectMeta;
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

    /// Where requests go.
    IngressBackend {}

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
