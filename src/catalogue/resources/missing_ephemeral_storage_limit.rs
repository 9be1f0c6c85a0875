//! `RES08 missing-ephemeral-storage-limit`: a container must not be able to fill the disk of its node.

use super::common::supplied;
use crate::object::pod::Pod;
use crate::object::quota::LimitRange;
use crate::policy::prelude::*;

policy! {
    /// A container may write any amount to the disk of its node.
    ///
    /// A limit becomes the request too, as the API server makes it one. Init containers count, ephemeral containers
    /// cannot have resources, and a Pod as a whole cannot have a limit for its disk. What a LimitRange of the namespace
    /// supplies counts where it is known: the API server writes it into the Pods that it makes of a template.
    ///
    /// ## Why
    /// Logs, files in the container and `emptyDir` volumes are on the disk of the node. When it is full, the node
    /// evicts Pods one after the other, first those that have requested none of it, whoever filled it.
    ///
    /// ## Fix
    /// Set `resources.limits.ephemeral-storage` to the most that the container may write, its logs included.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { limits: { memory: 256Mi } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { limits: { ephemeral-storage: 1Gi } } }]
    /// ```
    pub(super) MissingEphemeralStorageLimit = {
        code: "RES08",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        reads: &[&kinds::LIMIT_RANGE],
        equivalents: [
            "kube-score:container-ephemeral-storage-request-and-limit",
            "kube-score:container-ephemeral-storage-request-equals-limit", "gatekeeper:ephemeralstoragelimit",
        ],
        references: [
            "https://kubernetes.io/docs/concepts/storage/ephemeral-storage/",
        ],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Whether a container must request as much as it may use.
    request_equals_limit: bool,
}

const STORAGE: &str = "ephemeral-storage";

impl Check for MissingEphemeralStorageLimit {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let supplied =
            |range: LimitRange<'_>| range.container_limit(STORAGE).is_some_and(|it| it.is_positive());
        let mut is_supplied = None;
        for container in pod.with_resources() {
            let name = shown(container.display_name());
            let limit = container.own_limit(STORAGE);
            let Some(limit) = limit else {
                if *is_supplied.get_or_insert_with(|| supplied::is_any(pod, context, supplied)) {
                    continue;
                }
                let place = container.missing("resources.limits.ephemeral-storage");
                out.report(place, format_args!("container `{name}` may fill the disk of its node"));
                continue;
            };
            let request = container.own_request(STORAGE).filter(|request| *request != limit);
            if !limit.is_positive() {
                out.report(
                    limit,
                    format_args!("container `{name}` may fill the disk of its node: `0` means no limit"),
                );
            } else if let Some(request) = request.filter(|it| !it.is_positive()) {
                out.report(
                    request,
                    format_args!("container `{name}` requests no disk: `0` reserves nothing"),
                );
            } else if let Some(request) = request.filter(|_| params.request_equals_limit) {
                out.report(
                    request,
                    format_args!("container `{name}` does not request all the disk that it may use"),
                );
            }
        }
    }
}
