//! `STO03 missing-storage-class`: a claim must say which storage it wants.

use super::claims;
use crate::object::Text;
use crate::object::storage::{PersistentVolumeClaim, StorageClass};
use crate::policy::Within;
use crate::policy::prelude::*;

policy! {
    /// A claim names no StorageClass, or one that is not on the list.
    ///
    /// Templates of claims in a StatefulSet are looked at too. The API server writes the default class of the cluster into
    /// claims; where it is known that there is one, it is taken for that of a template. An empty name asks for a volume that
    /// is there already, and passes where there is no list.
    ///
    /// ## Why
    /// Without a default class the claim waits for a volume, and its Pod with it. Else whichever class is the default on the
    /// day decides which disk it gets: another one in the next cluster, slower, in one zone, or deleted with its claim.
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
        reads: &[&kinds::STORAGE_CLASS],
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

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        for claim in claims::of(subject) {
            let name = shown(claims::name(claim));
            match class(claim) {
                Some(class) if params.allows(&class) => {}
                Some(class) => {
                    let class_name = shown_within(&class, 30);
                    out.report(
                        class,
                        format_args!(
                            "the claim `{name}` has the StorageClass `{class_name}`, not on the list"
                        ),
                    );
                }
                None if params.allows_default(context) => {}
                None => {
                    let place = claim.missing("spec.storageClassName");
                    out.report(place, format_args!("the claim `{name}` names no StorageClass"));
                }
            }
        }
    }
}

impl Params {
    fn allows(&self, class: &str) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|it| it == class)
    }

    /// Whether a claim that says nothing is given a class that will do.
    fn allows_default(&self, context: &Context<'_>) -> bool {
        let is_default = |class: StorageClass<'_>| {
            let name = class.metadata().and_then(|metadata| metadata.name());
            class.is_default() && name.is_some_and(|name| self.allows(&name))
        };
        let classes = context.facts.list::<StorageClass<'static>>(Within::Cluster, None);
        classes.is_ok_and(|classes| classes.into_iter().any(is_default))
    }
}

/// The class, where it stands today or where it stood once.
fn class(claim: PersistentVolumeClaim<'_>) -> Option<Text<'_>> {
    let annotations = claim.metadata().map(|metadata| metadata.annotations());
    let annotation = annotations.and_then(|it| it.get("volume.beta.kubernetes.io/storage-class"));
    claim.spec().and_then(|spec| spec.storage_class_name()).or(annotation)
}
