//! `CFG08 applied-secret-manifest`: what `kubectl apply` remembers of a Secret is the Secret.

use crate::object::configuration::Secret;
use crate::object::meta::{LAST_APPLIED, Object};
use crate::policy::prelude::*;
use crate::tree::{Node, json};

policy! {
    /// A Secret was applied from a plain manifest, which is kept in its annotations with all the data.
    ///
    /// That is the annotation `kubectl.kubernetes.io/last-applied-configuration`, with `data` or `stringData` in it.
    /// Client-side `kubectl apply` leaves it, and so do tools that work in its way, such as Argo CD with client-side
    /// apply. A Secret that was applied without data passes.
    ///
    /// ## Why
    /// Annotations are treated as harmless: they are printed by `kubectl describe`, copied by tools that mirror
    /// objects, sent to caches and dashboards that leave the data of Secrets out, and `stringData` stands there in
    /// clear. After a rotation the old value is still in it. And where a plain manifest was applied, there is a plain
    /// manifest: in Git, as a rule.
    ///
    /// ## Fix
    /// Make the Secret from a store of secrets (ExternalSecret, SealedSecret) or apply it on the server's side, remove
    /// the annotation, and change what was in it.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    ///   annotations:
    ///     kubectl.kubernetes.io/last-applied-configuration: '{"kind":"Secret","data":{"password":"aHVudGVyMg=="}}'
    /// data: { password: aHVudGVyMg== }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: { name: db }
    /// data: { password: aHVudGVyMg== }
    /// ```
    pub(super) AppliedSecretManifest = {
        code: "CFG08",
        since: "0.1.0",
        severity: Medium,
        on: Secret,
        equivalents: [],
        references: ["https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-last-applied-configuration"],
    }
}

impl Check for AppliedSecretManifest {
    type Params = NoParams;

    fn check(_: &NoParams, secret: Secret<'_>, _: &Context<'_>, out: &mut Findings) {
        let annotation = secret.object().and_then(|object: Object<'_>| object.annotation(LAST_APPLIED));
        if let Some(annotation) = annotation.filter(|it| has_data(it)) {
            out.report(annotation, "keeps the manifest from which the Secret was applied, with its data");
        }
    }
}

/// Whether a manifest has data; what cannot be read is none.
fn has_data(manifest: &str) -> bool {
    // `metadata` is in all of them.
    if !["\"data\"", "\"stringData\""].iter().any(|field| manifest.contains(field)) {
        return false;
    }
    let tree = json::read(manifest.as_bytes());
    let root = tree.as_ref().ok().and_then(|tree| tree.root());
    let values = |root: Node<'_>| {
        let fields = ["data", "stringData"].into_iter().filter_map(move |field| root.field(field));
        fields.flat_map(Node::children).any(|value| value.as_str().is_some_and(|it| !it.is_empty()))
    };
    root.is_some_and(values)
}
