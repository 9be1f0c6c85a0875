//! Storage: what happens to data when Pods move and objects go.

mod claims;
mod database_deployment;
mod database_in_cluster;
mod databases;
mod missing_backup;
mod missing_storage_class;
mod multi_attach_volume;
mod multi_pod_volume_claim;
mod node_local_data;
mod risky_storage_class;
mod self_deleting_claims;
mod surge_on_single_node_volume;
mod unannotated_volume_claim;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<multi_attach_volume::MultiAttachVolume>(),
    Entry::of::<multi_pod_volume_claim::MultiPodVolumeClaim>(),
    Entry::of::<missing_storage_class::MissingStorageClass>(),
    Entry::of::<risky_storage_class::RiskyStorageClass>(),
    Entry::of::<self_deleting_claims::SelfDeletingClaims>(),
    Entry::of::<database_deployment::DatabaseDeployment>(),
    Entry::of::<database_in_cluster::DatabaseInCluster>(),
    Entry::of::<missing_backup::MissingBackup>(),
    Entry::of::<unannotated_volume_claim::UnannotatedVolumeClaim>(),
    Entry::of::<node_local_data::NodeLocalData>(),
    Entry::of::<surge_on_single_node_volume::SurgeOnSingleNodeVolume>(),
];
