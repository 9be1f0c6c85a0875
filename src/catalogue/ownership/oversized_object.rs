//! `META13 oversized-object`: what every watcher and every node holds in memory should be small.

use crate::object::meta::Object;
use crate::policy::prelude::*;
use crate::tree::Node;

policy! {
    /// A ConfigMap, a Secret or a custom resource that carries Pods is large.
    ///
    /// Its size is that of its JSON, which is what is stored and sent. Releases of Helm, which are large by design, pass.
    ///
    /// ## Why
    /// The API server sends the whole object to every watcher at every change, and etcd keeps every version until it is
    /// compacted: a few large objects that change often slow down a cluster. At 1.5 MiB etcd refuses them, in the middle
    /// of a rollout.
    ///
    /// ## Fix
    /// Put data into a volume, an image or an object store, and leave in the object how to get it.
    ///
    /// ## Exceptions
    /// Dashboards and certificate bundles that do not change.
    ///
    /// ## Denied
    /// ```yaml
    /// # params: { maxKib: 0 }
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: geography }
    /// data: { cities.csv: "a file of 300 KiB, were it not for this page" }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: web }
    /// data: { workers: "4" }
    /// ```
    pub(super) OversizedObject = {
        code: "META13",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &[&kinds::CONFIG_MAP, &kinds::SECRET, &kinds::CUSTOM_WORKLOAD],
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The largest size that passes, in KiB.
    max_kib: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { max_kib: 256 }
    }
}

impl Check for OversizedObject {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(object) = subject.object.filter(|object| !is_helm_release(*object)) else { return };
        let size = object.node().json_len().div_ceil(1024);
        let allowed = params.max_kib;
        if size > usize::try_from(allowed).unwrap_or(usize::MAX) {
            out.report(object, format_args!("takes {size} KiB, {allowed} KiB are enough for configuration"))
                .magnitude(i64::try_from(size).unwrap_or(i64::MAX));
        }
    }
}

fn is_helm_release(object: Object<'_>) -> bool {
    object.node().field("type").and_then(Node::as_str) == Some("helm.sh/release.v1")
}
