//! `STO08 missing-backup`: what keeps data must say how it is backed up.

use super::claims;
use crate::object::Text;
use crate::object::meta::ObjectMeta;
use crate::policy::prelude::*;

policy! {
    /// A claim, or a StatefulSet with templates of claims, says nothing about a backup.
    ///
    /// A label or annotation with one of the keys says it, whatever its value: on the object, on the Pods of a
    /// StatefulSet, or on the template of a claim.
    ///
    /// ## Why
    /// A volume is not a backup: a wrong command, a deleted namespace or a broken disk takes it with everything in it. What
    /// nobody has marked, no backup takes along, and that is found out when it is to be restored.
    ///
    /// ## Fix
    /// Mark it for your backup, such as with `backup.velero.io/backup-volumes`, or say in `seawall.dev/backup` that it needs none.
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
    /// metadata: { name: data, namespace: shop, labels: { seawall.dev/backup: daily } }
    /// spec: { accessModes: [ReadWriteOnce] }
    /// ```
    pub(super) MissingBackup = {
        code: "STO08",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: claims::KINDS,
        equivalents: [],
        references: ["https://velero.io/docs/main/file-system-backup/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Keys of labels and annotations that say how it is backed up, or that it need not be.
    keys: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let keys = [
            "backup.velero.io/backup-volumes",
            "backup.velero.io/backup-volumes-excludes",
            "seawall.dev/backup",
            "velero.io/exclude-from-backup",
        ];
        Self { keys: keys.map(str::to_owned).into() }
    }
}

impl Check for MissingBackup {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(object) = subject.object else { return };
        let pod = subject.pod().and_then(|pod| pod.metadata);
        if object.metadata().into_iter().chain(pod).any(|it| params.mark(it).is_some()) {
            return;
        }
        for claim in claims::of(subject) {
            if claim.metadata().is_none_or(|it| params.mark(it).is_none()) {
                let name = shown(claims::name(claim));
                out.report(claim, format_args!("the claim `{name}` says nothing about a backup"));
            }
        }
    }
}

impl Params {
    fn mark<'t>(&self, metadata: ObjectMeta<'t>) -> Option<Text<'t>> {
        let (labels, annotations) = (metadata.labels(), metadata.annotations());
        self.keys.iter().find_map(|key| labels.get(key).or_else(|| annotations.get(key)))
    }
}
