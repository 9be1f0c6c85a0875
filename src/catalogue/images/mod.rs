//! Images: which bytes a Pod runs, today and after its next restart.

mod latest_image_tag;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[Entry::of::<latest_image_tag::LatestImageTag>()];
