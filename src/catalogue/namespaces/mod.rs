//! Namespaces: what holds for everything in them, and what must not vanish with them.

mod default_namespace;
mod missing_pod_security_level;
mod mixed_environments;
mod pod_security_downgrade;
mod populated_namespace_deletion;
mod protected_object_deletion;
mod system_namespace_write;
mod unexpiring_preview_namespace;
mod unlabelled_namespace;

use crate::object::meta::Object;
use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<default_namespace::DefaultNamespace>(),
    Entry::of::<system_namespace_write::SystemNamespaceWrite>(),
    Entry::of::<missing_pod_security_level::MissingPodSecurityLevel>(),
    Entry::of::<unlabelled_namespace::UnlabelledNamespace>(),
    Entry::of::<mixed_environments::MixedEnvironments>(),
    Entry::of::<unexpiring_preview_namespace::UnexpiringPreviewNamespace>(),
    Entry::of::<protected_object_deletion::ProtectedObjectDeletion>(),
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
