//! `RES09 unbounded-empty-dir`: a volume must not be able to fill the disk of its node.

use super::common::empty_dirs::{empty_dirs, written_by};
use crate::object::pod::Pod;
use crate::policy::params::Amount;
use crate::policy::prelude::*;

policy! {
    /// An `emptyDir` volume has no size limit, and a container that can write to it has no limit for its disk either.
    ///
    /// `sizeLimit: 0` is none. Volumes in memory are left to `unbounded-memory-volume`. A volume that nobody mounts,
    /// or nobody mounts so that it can write there, stays empty; ephemeral containers do not count, they cannot have
    /// limits.
    ///
    /// ## Why
    /// The volume is a directory on the disk of the node. A cache that is never cleaned or a download that never ends
    /// fills it, and then the node evicts Pods that have nothing to do with it, and cannot pull images any more.
    ///
    /// ## Fix
    /// Set `emptyDir.sizeLimit`, or `resources.limits.ephemeral-storage` of the containers that mount it.
    ///
    /// ## Denied
    /// ```yaml
    /// volumes: [{ name: cache, emptyDir: {} }]
    /// containers: [{ name: web, image: "web:1.4.2", volumeMounts: [{ name: cache, mountPath: /cache }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// volumes: [{ name: cache, emptyDir: { sizeLimit: 1Gi } }]
    /// containers: [{ name: web, image: "web:1.4.2", volumeMounts: [{ name: cache, mountPath: /cache }] }]
    /// ```
    pub(super) UnboundedEmptyDir = {
        code: "RES09",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        equivalents: ["kyverno:require-emptydir-requests-limits"],
        references: ["https://kubernetes.io/docs/concepts/storage/volumes/#emptydir"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The largest `sizeLimit` that a volume may have; `null` for any.
    max_size: Option<Amount>,
}

impl Check for UnboundedEmptyDir {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        // Hardly any volume makes it necessary to look through the mounts.
        let mut fillable = None;
        for dir in empty_dirs(pod).filter(|dir| dir.medium.is_empty()) {
            let name = shown(dir.name);
            let Some(limit) = dir.size_limit else {
                let fillable = fillable.get_or_insert_with(|| {
                    written_by(pod.with_resources().filter(|container| {
                        let limit = container.own_limit("ephemeral-storage");
                        limit.is_none_or(|limit| !limit.is_positive())
                    }))
                });
                if fillable.contains(dir.name) {
                    let place = dir.volume.missing("emptyDir.sizeLimit");
                    out.report(place, format_args!("volume `{name}` may fill the disk of its node"));
                }
                continue;
            };
            if let Some(max) = params.max_size.as_ref().filter(|max| *limit > max.quantity()) {
                let (written, max) = (limit.written(), max.to_string());
                let (written, max) = (shown_within(&written, 15), shown_within(&max, 15));
                out.report(limit, format_args!("volume `{name}` may hold `{written}`, more than `{max}`"));
            }
        }
    }
}
