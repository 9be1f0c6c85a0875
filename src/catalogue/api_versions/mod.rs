//! API versions: what the next version of the cluster no longer serves, and what only a file can get wrong.

mod target;

mod deprecated_api;
mod mismatched_selector;
mod removed_api;
mod risky_webhook_configuration;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<deprecated_api::DeprecatedApi>(),
    Entry::of::<mismatched_selector::MismatchedSelector>(),
    Entry::of::<risky_webhook_configuration::RiskyWebhookConfiguration>(),
    Entry::of::<removed_api::RemovedApi>(),
];
