//! Ownership and GitOps: who an object belongs to, and who may change it.

mod changed_label;
mod gitops_drift;
mod hand_added_finalizer;
mod hand_edit;
mod hand_removed_finalizer;
mod loose_argo_application;
mod loose_flux_source;
mod missing_annotations;
mod missing_labels;
mod oversized_object;
mod restricted_annotation;
mod shared;
mod unmanaged_object;
mod unobserved_workload;
mod write_during_freeze;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<missing_labels::MissingLabels>(),
    Entry::of::<missing_annotations::MissingAnnotations>(),
    Entry::of::<restricted_annotation::RestrictedAnnotation>(),
    Entry::of::<changed_label::ChangedLabel>(),
    Entry::of::<unmanaged_object::UnmanagedObject>(),
    Entry::of::<hand_edit::HandEdit>(),
    Entry::of::<gitops_drift::GitopsDrift>(),
    Entry::of::<write_during_freeze::WriteDuringFreeze>(),
    Entry::of::<loose_argo_application::LooseArgoApplication>(),
    Entry::of::<loose_flux_source::LooseFluxSource>(),
    Entry::of::<unobserved_workload::UnobservedWorkload>(),
    Entry::of::<oversized_object::OversizedObject>(),
    Entry::of::<hand_added_finalizer::HandAddedFinalizer>(),
    Entry::of::<hand_removed_finalizer::HandRemovedFinalizer>(),
];
