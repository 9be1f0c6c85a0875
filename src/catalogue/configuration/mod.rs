//! Secrets and configuration: where credentials may stand, and what Pods are configured with.

mod address;
mod applied_secret_manifest;
mod build_secret;
mod cluster_coupled_workload;
mod credential;
mod credential_in_command;
mod credential_in_config_map;
mod credential_in_env;
mod credential_like_config_key;
mod credential_like_env;
mod cross_environment_reference;
mod dangling_config_reference;
mod dangling_secret_reference;
mod duplicate_env;
mod foreign_secret;
mod hand_written_secret;
mod hardcoded_ip;
mod mutable_config;
mod readable_secret_volume;
mod reference;
mod secret_in_env;
mod stale_external_secret;
mod stale_secret_env;
mod unapproved_secret_mechanism;
mod unexpected_env;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<credential_in_env::CredentialInEnv>(),
    Entry::of::<credential_in_command::CredentialInCommand>(),
    Entry::of::<credential_in_config_map::CredentialInConfigMap>(),
    Entry::of::<secret_in_env::SecretInEnv>(),
    Entry::of::<stale_secret_env::StaleSecretEnv>(),
    Entry::of::<readable_secret_volume::ReadableSecretVolume>(),
    Entry::of::<hand_written_secret::HandWrittenSecret>(),
    Entry::of::<applied_secret_manifest::AppliedSecretManifest>(),
    Entry::of::<foreign_secret::ForeignSecret>(),
    Entry::of::<build_secret::BuildSecret>(),
    Entry::of::<unapproved_secret_mechanism::UnapprovedSecretMechanism>(),
    Entry::of::<stale_external_secret::StaleExternalSecret>(),
    Entry::of::<dangling_config_reference::DanglingConfigReference>(),
    Entry::of::<duplicate_env::DuplicateEnv>(),
    Entry::of::<unexpected_env::UnexpectedEnv>(),
    Entry::of::<cross_environment_reference::CrossEnvironmentReference>(),
    Entry::of::<hardcoded_ip::HardcodedIp>(),
    Entry::of::<cluster_coupled_workload::ClusterCoupledWorkload>(),
    Entry::of::<mutable_config::MutableConfig>(),
    Entry::of::<credential_like_env::CredentialLikeEnv>(),
    Entry::of::<credential_like_config_key::CredentialLikeConfigKey>(),
    Entry::of::<dangling_secret_reference::DanglingSecretReference>(),
];
