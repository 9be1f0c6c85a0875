//! Images: which bytes a Pod runs, today and after its next restart.

mod floating_image_tag;
mod latest_image_tag;
mod unshippable_image_tag;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<latest_image_tag::LatestImageTag>(),
    Entry::of::<floating_image_tag::FloatingImageTag>(),
    Entry::of::<unshippable_image_tag::UnshippableImageTag>(),
];
