//! RBAC: who may do what, and what follows from it.

mod anonymous_binding;
mod automounted_token;
mod broad_secret_access;
mod cluster_admin_binding;
mod cluster_wide_workload_account;
mod cross_environment_binding;
mod dangling_service_account;
mod default_service_account;
mod escalating_role;
mod exec_granting_role;
mod foreign_service_account;
mod indirect_escalation_role;
mod long_lived_token;
mod pod_creating_role;
mod privileged_aggregated_role;
mod sensitive_write_role;
mod shared;
mod system_group_binding;
mod unlimited_cluster_role;
mod wildcard_role;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<automounted_token::AutomountedToken>(),
    Entry::of::<default_service_account::DefaultServiceAccount>(),
    Entry::of::<dangling_service_account::DanglingServiceAccount>(),
    Entry::of::<foreign_service_account::ForeignServiceAccount>(),
    Entry::of::<long_lived_token::LongLivedToken>(),
    Entry::of::<cluster_admin_binding::ClusterAdminBinding>(),
    Entry::of::<wildcard_role::WildcardRole>(),
    Entry::of::<broad_secret_access::BroadSecretAccess>(),
    Entry::of::<pod_creating_role::PodCreatingRole>(),
    Entry::of::<exec_granting_role::ExecGrantingRole>(),
    Entry::of::<escalating_role::EscalatingRole>(),
    Entry::of::<sensitive_write_role::SensitiveWriteRole>(),
    Entry::of::<anonymous_binding::AnonymousBinding>(),
    Entry::of::<cluster_wide_workload_account::ClusterWideWorkloadAccount>(),
    Entry::of::<cross_environment_binding::CrossEnvironmentBinding>(),
    Entry::of::<privileged_aggregated_role::PrivilegedAggregatedRole>(),
    Entry::of::<unlimited_cluster_role::UnlimitedClusterRole>(),
    Entry::of::<indirect_escalation_role::IndirectEscalationRole>(),
    Entry::of::<system_group_binding::SystemGroupBinding>(),
];
