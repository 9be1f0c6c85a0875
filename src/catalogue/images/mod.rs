//! Images: which bytes a Pod runs, today and after its next restart.

mod end_of_life_image;
mod environment_image_tag;
mod floating_image_tag;
mod frozen_image_registry;
mod latest_image_tag;
mod mismatched_pull_policy;
mod missing_pull_secret;
mod naming;
mod unapproved_image_registry;
mod unpinned_image;
mod unpromoted_image;
mod unshippable_image_tag;
mod work_in_progress_image_tag;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<latest_image_tag::LatestImageTag>(),
    Entry::of::<unpinned_image::UnpinnedImage>(),
    Entry::of::<floating_image_tag::FloatingImageTag>(),
    Entry::of::<unshippable_image_tag::UnshippableImageTag>(),
    Entry::of::<environment_image_tag::EnvironmentImageTag>(),
    Entry::of::<unapproved_image_registry::UnapprovedImageRegistry>(),
    Entry::of::<frozen_image_registry::FrozenImageRegistry>(),
    Entry::of::<mismatched_pull_policy::MismatchedPullPolicy>(),
    Entry::of::<missing_pull_secret::MissingPullSecret>(),
    Entry::of::<end_of_life_image::EndOfLifeImage>(),
    Entry::of::<unpromoted_image::UnpromotedImage>(),
    Entry::of::<work_in_progress_image_tag::WorkInProgressImageTag>(),
];
