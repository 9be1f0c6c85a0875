//! `STO09 unannotated-volume-claim`: a claim must carry the annotations that the organisation asks for.

use super::claims;
use crate::object::meta::ObjectMeta;
use crate::policy::prelude::*;

policy! {
    /// A claim, or the template of one in a StatefulSet, lacks an annotation.
    ///
    /// An annotation without a value is none.
    ///
    /// ## Why
    /// Claims outlive what made them. Without a word about whose they are, or where an external provisioner is to put them,
    /// nobody dares to delete a disk, and everybody pays for it.
    ///
    /// ## Fix
    /// Add the annotation to the claim, or to `volumeClaimTemplates`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: { name: data, namespace: shop }
    /// spec: { accessModes: [ReadWriteOnce] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: { name: data, namespace: shop, annotations: { seawall.dev/owner: checkout } }
    /// spec: { accessModes: [ReadWriteOnce] }
    /// ```
    pub(super) UnannotatedVolumeClaim = {
        code: "STO09",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: claims::KINDS,
        equivalents: ["kube-linter:statefulset-volumeclaimtemplate-annotation"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Keys of annotations that a claim must have.
    required: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { required: vec!["seawall.dev/owner".to_owned()] }
    }
}

impl Check for UnannotatedVolumeClaim {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        for claim in claims::of(subject) {
            let annotations = claim.metadata().map(ObjectMeta::annotations);
            let is_there = |key: &str| {
                annotations
                    .and_then(|annotations| annotations.get(key))
                    .is_some_and(|it| !it.trim().is_empty())
            };
            // All of them at one place: where an annotation would stand, there is nothing yet.
            if let Some(key) = params.required.iter().find(|key| !is_there(key)) {
                let (name, key) = (shown(claims::name(claim)), shown(key));
                out.report(
                    claim.missing("metadata.annotations"),
                    format_args!("the claim `{name}` lacks the annotation `{key}`"),
                );
            }
        }
    }
}
