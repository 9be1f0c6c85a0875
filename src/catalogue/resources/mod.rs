//! Resources: what a Pod is promised, and what it may take from its neighbours.
//!
//! All of them look at Pods, and with them at `pods/resize`, by which the resources of a running Pod are changed.

mod common;
mod crowded_pod;
mod excessive_limit_ratio;
mod heap_beyond_memory_limit;
mod missing_cpu_limit;
mod missing_cpu_request;
mod missing_ephemeral_storage_limit;
mod missing_memory_headroom;
mod missing_memory_limit;
mod missing_memory_request;
mod out_of_bounds_resources;
mod oversized_heap;
mod throttling_cpu_limit;
mod unbounded_empty_dir;
mod unbounded_memory_volume;
mod unexpected_qos_class;
mod unlimited_cpu_on_shared_node;
mod unschedulable_request;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<missing_cpu_request::MissingCpuRequest>(),
    Entry::of::<missing_memory_request::MissingMemoryRequest>(),
    Entry::of::<missing_memory_limit::MissingMemoryLimit>(),
    Entry::of::<missing_cpu_limit::MissingCpuLimit>(),
    Entry::of::<excessive_limit_ratio::ExcessiveLimitRatio>(),
    Entry::of::<unexpected_qos_class::UnexpectedQosClass>(),
    Entry::of::<out_of_bounds_resources::OutOfBoundsResources>(),
    Entry::of::<missing_ephemeral_storage_limit::MissingEphemeralStorageLimit>(),
    Entry::of::<unbounded_empty_dir::UnboundedEmptyDir>(),
    Entry::of::<unbounded_memory_volume::UnboundedMemoryVolume>(),
    Entry::of::<oversized_heap::OversizedHeap>(),
    Entry::of::<unschedulable_request::UnschedulableRequest>(),
    Entry::of::<unlimited_cpu_on_shared_node::UnlimitedCpuOnSharedNode>(),
    Entry::of::<crowded_pod::CrowdedPod>(),
    Entry::of::<throttling_cpu_limit::ThrottlingCpuLimit>(),
    Entry::of::<missing_memory_headroom::MissingMemoryHeadroom>(),
    Entry::of::<heap_beyond_memory_limit::HeapBeyondMemoryLimit>(),
];
