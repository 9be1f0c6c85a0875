//! What configures Pods: ConfigMaps and Secrets.

use super::lens::{Bool, Text, lens};
use super::meta::{Object, ObjectMeta};
use super::{At, View};

lens! {
    /// [`ConfigMap`](https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/).
    /// Its `binaryData` is not read.
    ConfigMap {
        "metadata" => metadata: ObjectMeta,
        "immutable" => immutable: Bool = false,
        "data" => data: {Text},
    }

    /// [`Secret`](https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/).
    Secret {
        "metadata" => metadata: ObjectMeta,
        "type" => kind: Text,
        "immutable" => immutable: Bool = false,
        "data" => data: {Text},
        "stringData" => string_data: {Text},
    }
}

/// The letters and digits of a suffix that kustomize makes from the content of an object.
const HASH: &[u8] = b"bcdfghkmt2456789";

impl<'t> Secret<'t> {
    /// The type; `Opaque` unless the object says otherwise.
    pub fn type_name(self) -> &'t str {
        self.kind().map_or("Opaque", |kind| *kind)
    }

    /// Every key of the Secret, once in each of the fields that it stands in. Values are of no concern to anybody.
    pub fn keys(self) -> impl Iterator<Item = At<'t, &'t str>> {
        let entries = self.data().iter().chain(self.string_data().iter());
        entries.map(|(key, value)| At::new(value.place(), key))
    }

    /// Whether the control plane or a release tool keeps its own state in the Secret.
    pub fn is_bookkeeping(self) -> bool {
        const TYPES: [&str; 3] =
            ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token", "helm.sh/release.v1"];
        TYPES.contains(&self.type_name())
    }

    /// The Secret as any object.
    pub fn object(self) -> Option<Object<'t>> {
        Object::view(self.node())
    }
}

/// Whether a name ends in a hash of the content, as kustomize makes it: another content is another object.
pub fn has_hashed_name(name: &str) -> bool {
    name.rsplit_once('-')
        .is_some_and(|(_, hash)| hash.len() == 10 && hash.bytes().all(|byte| HASH.contains(&byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_told_from_a_word() {
        for (name, expected) in [
            ("web-6ct58987ht", true),
            ("web-config-mk4gd8k9t2", true),
            ("web-production", false),
            ("web-0123456789", false),
            ("6ct58987ht", false),
            ("web-6ct58987h", false),
        ] {
            assert_eq!(has_hashed_name(name), expected, "{name}");
        }
    }
}
