//! `RES16 throttling-cpu-limit`: where CPU must not be limited, nobody waits for CPU that is free.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container, or the whole Pod, has a CPU limit.
    ///
    /// `0` is none. Good sources contradict each other on whether CPU should be limited: `missing-cpu-limit` is the
    /// opposite of this one.
    ///
    /// ## Why
    /// The limit is counted in slices of a tenth of a second. A program with many threads, as the JVM has them, uses
    /// up its share in the first milliseconds of a slice and then stands still, though the node is idle: requests
    /// take a hundred milliseconds longer, and nothing in its CPU usage tells why. Requests alone share out a busy
    /// node fairly.
    ///
    /// ## Fix
    /// Remove `resources.limits.cpu`, and let `resources.requests.cpu` say what the container needs.
    ///
    /// ## Exceptions
    /// Batch work, Pods that are to be `Guaranteed`, and namespaces whose ResourceQuota demands `limits.cpu`: by a
    /// rule. The API server would refuse Pods without it there.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { cpu: 100m }, limits: { cpu: 500m } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { cpu: 100m } } }]
    /// ```
    pub(super) ThrottlingCpuLimit = {
        code: "RES16",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: ["kyverno:forbid-cpu-limits", "datree:EKS_INVALID_CPU_LIMIT"],
        references: ["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    }
}

impl Check for ThrottlingCpuLimit {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for container in pod.with_resources() {
            let limit = container.own_limit("cpu").filter(|limit| limit.is_positive());
            let Some(limit) = limit else { continue };
            let (name, amount) = (shown(container.display_name()), limit.written());
            let message =
                format!("container `{name}` stands still beyond its CPU limit `{}`", shown(&amount));
            out.report(limit, message);
        }
        let whole = pod.spec.resources().and_then(|whole| whole.limits().get("cpu"));
        if let Some(limit) = whole.filter(|limit| limit.is_positive()) {
            out.report(
                limit,
                format_args!("Pod stands still beyond its CPU limit `{}`", shown(&limit.written())),
            );
        }
    }
}
