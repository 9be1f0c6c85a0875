//! Namespaces: what holds for everything in them, and what must not vanish with them.

mod default_namespace;
mod incomplete_namespace;
mod missing_limit_range;
mod missing_pod_security_level;
mod missing_resource_quota;
mod mixed_environments;
mod pod_security_downgrade;
mod populated_namespace_deletion;
mod protected_object_deletion;
mod system_namespace_write;
mod unexpiring_preview_namespace;
mod unlabelled_namespace;

use crate::object::meta::Object;
use crate::policy::{Entry, shown_within};

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<default_namespace::DefaultNamespace>(),
    Entry::of::<system_namespace_write::SystemNamespaceWrite>(),
    Entry::of::<missing_pod_security_level::MissingPodSecurityLevel>(),
    Entry::of::<unlabelled_namespace::UnlabelledNamespace>(),
    Entry::of::<missing_resource_quota::MissingResourceQuota>(),
    Entry::of::<missing_limit_range::MissingLimitRange>(),
    Entry::of::<mixed_environments::MixedEnvironments>(),
    Entry::of::<unexpiring_preview_namespace::UnexpiringPreviewNamespace>(),
    Entry::of::<protected_object_deletion::ProtectedObjectDeletion>(),
    Entry::of::<incomplete_namespace::IncompleteNamespace>(),
    Entry::of::<pod_security_downgrade::PodSecurityDowngrade>(),
    Entry::of::<populated_namespace_deletion::PopulatedNamespaceDeletion>(),
];

/// The label by which a Namespace enforces a Pod Security Standard.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// Pod Security Standards, from the loosest to the strictest.
const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];

/// Which of the levels is enforced; a label that names none is refused by the API server.
fn enforced_level(namespace: Object<'_>) -> usize {
    let label = namespace.label(ENFORCE);
    label.and_then(|label| LEVELS.iter().position(|level| *level == *label)).unwrap_or_default()
}

/// Words of a message for what is missing: the first by name, the others by their number; `None` if there are none.
fn listed<'w>(mut missing: impl Iterator<Item = &'w str>) -> Option<String> {
    let first = shown_within(missing.next()?, 30);
    Some(match missing.count() {
        0 => format!("`{first}`"),
        more => format!("`{first}` and {more} more"),
    })
}
