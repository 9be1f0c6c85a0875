//! `STO03 missing-storage-class`: a claim must say which storage it wants.

use super::claims;
use crate::object::Text;
use crate::object::storage::PersistentVolumeClaim;
use crate::policy::prelude::*;

policy! {
    /// A claim names no StorageClass, or one that is not on the list.
    ///
    /// Templates of claims in a StatefulSet are looked at too. The API server writes the default class of the cluster into
    /// claims before they come here, but not into templates. An empty name asks for a volume that is there already, and
    /// passes where there is no list.
    ///
    /// ## Why
    /// Which disk a claim gets is then decided by whichever class is the default on the day: another one after a move to
    /// the next cluster, slower, in one zone, or deleted with its claim.
    ///
    /// ## Fix
    /// Set `storageClassName`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: { name: data, namespace: shop }
    /// spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 8Gi } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: { name: data, namespace: shop }
    /// spec: { storageClassName: fast, accessModes: [ReadWriteOnce], resources: { requests: { storage: 8Gi } } }
    /// ```
    pub(super) MissingStorageClass = {
        code: "STO03",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: claims::KINDS,
        equivalents: [
            "kyverno:require-storageclass", "gatekeeper:storageclass",
            "kubewarden:persistentvolumeclaim-storageclass-policy",
        ],
        references: ["https://kubernetes.io/docs/concepts/storage/persistent-volumes/#class-1"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Classes that a claim may name; any, if none is named.
    allowed: Vec<String>,
}

impl Check for MissingStorageClass {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        for claim in claims::of(subject) {
            let name = shown(claims::name(claim));
            match class(claim) {
                Some(class) if params.allowed.is_empty() || params.allowed.iter().any(|it| *it == *class) => {
                }
                Some(class) => {
                    let class_name = shown_within(&class, 30);
                    out.report(
                        class,
                        format!("the claim `{name}` has the StorageClass `{class_name}`, not on the list"),
                    );
                }
                None => {
                    let place = claim.missing("spec.storageClassName");
                    out.report(place, format!("the claim `{name}` names no StorageClass"));
                }
            }
        }
    }
}

/// The class, where it stands today or where it stood once.
fn class(claim: PersistentVolumeClaim<'_>) -> Option<Text<'_>> {
    let annotations = claim.metadata().map(|metadata| metadata.annotations());
    let annotation = annotations.and_then(|it| it.get("volume.beta.kubernetes.io/storage-class"));
    claim.spec().and_then(|spec| spec.storage_class_name()).or(annotation)
}
