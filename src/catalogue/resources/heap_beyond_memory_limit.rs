//! `RES18 heap-beyond-memory-limit`: a heap must fit into the container.

use crate::object::heap::{self, Size};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A runtime is told to use more memory than its container may use.
    ///
    /// What is read, and where, is what `oversized-heap` says. Percentages are never more than the limit.
    ///
    /// ## Why
    /// Nothing happens at first: the heap grows with the load. On the day when it is needed, the container is killed
    /// long before the runtime thinks of collecting, again and again, and all replicas with it. Somebody once raised
    /// a heap by two gigabytes and left the container at 256 Mi.
    ///
    /// ## Fix
    /// Raise `resources.limits.memory` above the heap and what comes on top, or lower the heap.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     command: [java, -Xmx2g, -jar, web.jar]
    ///     resources: { limits: { memory: 256Mi } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     command: [java, -Xmx2g, -jar, web.jar]
    ///     resources: { limits: { memory: 3Gi } }
    /// ```
    pub(super) HeapBeyondMemoryLimit = {
        code: "RES18",
        since: "0.1.0",
        severity: High,
        on: Pod,
        equivalents: [],
        references: [
            "https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html", "https://go.dev/doc/gc-guide",
        ],
    }
}

impl Check for HeapBeyondMemoryLimit {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for container in pod.with_resources() {
            let Some(limit) = container.limit("memory").filter(|limit| limit.is_positive()) else { continue };
            for heap in heap::of(container) {
                let Size::Bytes(bytes) = heap.size else { continue };
                if bytes <= *limit {
                    continue;
                }
                let (setting, amount) = (shown_within(&heap.setting, 30), limit.written());
                let (name, amount) = (shown_within(container.display_name(), 25), shown_within(&amount, 15));
                let message =
                    format!("`{setting}` is more than the memory limit `{amount}` of container `{name}`");
                out.report(heap.place, message).magnitude(bytes.per_mille_of(*limit));
            }
        }
    }
}
