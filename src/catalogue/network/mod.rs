//! Network: what reaches Pods, and by which way.

mod allow_all_network_policy;
mod bypassed_cluster_dns;
mod catch_all_ingress_host;
mod conflicting_ingress_routes;
mod cross_environment_traffic;
mod dangling_governing_service;
mod dangling_ingress;
mod dangling_network_policy;
mod dangling_service;
mod default_deny_removal;
mod default_ndots;
mod duplicate_dns_hostname;
mod duplicate_service_selector;
mod exposed_admin_interface;
mod external_ips;
mod ingress_default_backend;
mod ingress_injection;
mod ingress_snippet;
mod isolation;
mod load_balancer_service;
mod load_balancer_sprawl;
mod missing_default_deny;
mod missing_dns_egress;
mod node_port_service;
mod open_load_balancer;
mod out_of_range_service_port;
mod plaintext_ingress;
mod unapproved_ingress_class;
mod uncovered_pod;
mod unnamed_port;
mod unresolvable_target_port;
mod unsafe_external_name;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<node_port_service::NodePortService>(),
    Entry::of::<load_balancer_sprawl::LoadBalancerSprawl>(),
    Entry::of::<open_load_balancer::OpenLoadBalancer>(),
    Entry::of::<external_ips::ExternalIps>(),
    Entry::of::<unsafe_external_name::UnsafeExternalName>(),
    Entry::of::<dangling_service::DanglingService>(),
    Entry::of::<duplicate_service_selector::DuplicateServiceSelector>(),
    Entry::of::<out_of_range_service_port::OutOfRangeServicePort>(),
    Entry::of::<unnamed_port::UnnamedPort>(),
    Entry::of::<duplicate_dns_hostname::DuplicateDnsHostname>(),
    Entry::of::<plaintext_ingress::PlaintextIngress>(),
    Entry::of::<catch_all_ingress_host::CatchAllIngressHost>(),
    Entry::of::<ingress_default_backend::IngressDefaultBackend>(),
    Entry::of::<unapproved_ingress_class::UnapprovedIngressClass>(),
    Entry::of::<conflicting_ingress_routes::ConflictingIngressRoutes>(),
    Entry::of::<dangling_ingress::DanglingIngress>(),
    Entry::of::<ingress_snippet::IngressSnippet>(),
    Entry::of::<exposed_admin_interface::ExposedAdminInterface>(),
    Entry::of::<uncovered_pod::UncoveredPod>(),
    Entry::of::<missing_default_deny::MissingDefaultDeny>(),
    Entry::of::<dangling_network_policy::DanglingNetworkPolicy>(),
    Entry::of::<allow_all_network_policy::AllowAllNetworkPolicy>(),
    Entry::of::<missing_dns_egress::MissingDnsEgress>(),
    Entry::of::<default_ndots::DefaultNdots>(),
    Entry::of::<bypassed_cluster_dns::BypassedClusterDns>(),
    Entry::of::<dangling_governing_service::DanglingGoverningService>(),
    Entry::of::<cross_environment_traffic::CrossEnvironmentTraffic>(),
    Entry::of::<load_balancer_service::LoadBalancerService>(),
    Entry::of::<unresolvable_target_port::UnresolvableTargetPort>(),
    Entry::of::<default_deny_removal::DefaultDenyRemoval>(),
    Entry::of::<ingress_injection::IngressInjection>(),
];
