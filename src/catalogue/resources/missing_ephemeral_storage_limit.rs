//! `RES08 missing-ephemeral-storage-limit`: a container must not be able to fill the disk of its node.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container may write any amount to the disk of its node.
    ///
    /// A limit becomes the request too, as the API server makes it one. Init containers count, ephemeral containers
    /// cannot have resources, and a Pod as a whole cannot have a limit for its disk. What a LimitRange of the
    /// namespace supplies is written into Pods when they are made, never into the templates that they are made from.
    ///
    /// ## Why
    /// Logs, files in the container and `emptyDir` volumes are on the disk of the node. When it is full, the node
    /// evicts Pods one after the other, first those that have requested none of it, whoever filled it.
    ///
    /// ## Fix
    /// Set `resources.limits.ephemeral-storage` to the most that the container may write, its logs included.
    ///
    /// ## Exceptions
    /// Workloads that leave it to a LimitRange, by a rule for their namespace.
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

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for container in pod.with_resources() {
            let name = shown(container.display_name());
            let limit = container.own_limit(STORAGE);
            let Some(limit) = limit else {
                let place = container.missing("resources.limits.ephemeral-storage");
                out.report(place, format!("container `{name}` may fill the disk of its node"));
                continue;
            };
            let request = container.own_request(STORAGE).filter(|request| *request != limit);
            if !limit.is_positive() {
                out.report(
                    limit,
                    format!("container `{name}` may fill the disk of its node: `0` means no limit"),
                );
            } else if let Some(request) = request.filter(|it| !it.is_positive()) {
                out.report(request, format!("container `{name}` requests no disk: `0` reserves nothing"));
            } else if let Some(request) = request.filter(|_| params.request_equals_limit) {
                out.report(
                    request,
                    format!("container `{name}` does not request all the disk that it may use"),
                );
            }
        }
    }
}
