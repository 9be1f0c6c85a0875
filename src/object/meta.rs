//! What every object has: `metadata`.

use super::lens::{Bool, Text, lens};

lens! {
    /// [`ObjectMeta`](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/).
    ObjectMeta {
        "name" => name: Text,
        "generateName" => generate_name: Text,
        "namespace" => namespace: Text,
        "uid" => uid: Text,
        "labels" => labels: {Text},
        "annotations" => annotations: {Text},
        "ownerReferences" => owner_references: [OwnerReference],
        "finalizers" => finalizers: [Text],
        "deletionTimestamp" => deletion_timestamp: Text,
    }

    /// An entry of `metadata.ownerReferences`.
    OwnerReference {
        "apiVersion" => api_version: Text,
        "kind" => kind: Text,
        "name" => name: Text,
        "controller" => controller: Bool = false,
    }

    /// Any object: the fields that all kinds have.
    Object {
        "apiVersion" => api_version: Text,
        "kind" => kind: Text,
        "metadata" => metadata: ObjectMeta,
    }
}

impl<'t> Object<'t> {
    /// The object's labels; none if it has no metadata.
    pub fn label(self, key: &str) -> Option<Text<'t>> {
        self.metadata()?.labels().get(key)
    }

    /// One of the object's annotations.
    pub fn annotation(self, key: &str) -> Option<Text<'t>> {
        self.metadata()?.annotations().get(key)
    }

    /// The label or the annotation of this key, if it has this value.
    pub fn mark(self, key: &str, value: &str) -> Option<Text<'t>> {
        self.label(key).into_iter().chain(self.annotation(key)).find(|mark| **mark == value)
    }

    /// `metadata.name`, or `metadata.generateName` for an object that has no name yet.
    pub fn name(self) -> Option<&'t str> {
        let metadata = self.metadata()?;
        metadata.name().or_else(|| metadata.generate_name()).map(|name| *name)
    }

    /// `metadata.namespace`.
    pub fn namespace(self) -> Option<&'t str> {
        self.metadata()?.namespace().map(|namespace| *namespace)
    }

    /// Whether it has been deleted, and only waits for its finalizers.
    pub fn is_being_deleted(self) -> bool {
        self.metadata().is_some_and(|metadata| metadata.deletion_timestamp().is_some())
    }

    /// Whether an API server has stored it, and given it a `uid`: the manifest of a file has none.
    pub fn is_stored(self) -> bool {
        self.metadata().is_some_and(|metadata| metadata.uid().is_some())
    }

    /// The owner that manages the object, as the object itself says.
    pub fn controller(self) -> Option<OwnerReference<'t>> {
        self.metadata()?.owner_references().iter().find(|owner| *owner.controller())
    }

    /// The API group of `apiVersion`; empty for the core group.
    pub fn group(self) -> Option<&'t str> {
        self.api_version().map(|version| group_of(*version))
    }
}

/// `metadata.name`; empty if there is none.
pub fn name_of(metadata: Option<ObjectMeta<'_>>) -> &str {
    metadata.and_then(|metadata| metadata.name()).map_or("", |name| *name)
}

/// The annotation into which `kubectl apply` writes the manifest: the whole object once more, and of a Secret its data.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The group of an `apiVersion`: `apps` of `apps/v1`, empty of `v1`.
pub fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}
