//! `RES11 oversized-heap`: a heap must leave room for what is not heap.

use crate::object::heap::{self, Memory, Size};
use crate::object::pod::Pod;
use crate::object::quantity::Quantity;
use crate::policy::params::Factor;
use crate::policy::prelude::*;

policy! {
    /// A runtime is told to use nearly all of the memory that its container may use.
    ///
    /// Read are `-Xmx`, `-XX:MaxHeapSize` and `-XX:MaxRAMPercentage` of the JVM, `--max-old-space-size` of Node.js,
    /// and `GOMEMLIMIT`, where they are written out: in `JAVA_TOOL_OPTIONS`, `JDK_JAVA_OPTIONS`, `_JAVA_OPTIONS`,
    /// `NODE_OPTIONS`, on the command line, and in what scripts hand to Java (`JAVA_OPTS`, `CATALINA_OPTS`,
    /// `ES_JAVA_OPTS`). Of several settings the one counts that the runtime takes. Values from elsewhere and
    /// variables are not guessed.
    ///
    /// ## Why
    /// Beside the heap there are code, threads, buffers and the collector itself, easily some hundred megabytes. A
    /// heap of 1.8 of 2 GB leaves no room for them: the program runs for days, until the heap is full for the first
    /// time, and is killed then, without a word in its own log.
    ///
    /// ## Fix
    /// Raise `resources.limits.memory`, or give the runtime at most 80 % of it: `-XX:MaxRAMPercentage=75`.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     env: [{ name: JAVA_OPTS, value: -Xmx1800m }]
    ///     resources: { limits: { memory: 2Gi } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     env: [{ name: JAVA_TOOL_OPTIONS, value: "-XX:MaxRAMPercentage=75" }]
    ///     resources: { limits: { memory: 2Gi } }
    /// ```
    pub(super) OversizedHeap = {
        code: "RES11",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        yields_to: ["RES18" in Field],
        equivalents: [],
        references: [
            "https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html", "https://go.dev/doc/gc-guide",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The share of the memory limit that a heap may take.
    ratio: Factor,
    /// The share that `GOMEMLIMIT` may take: it is about all memory of the runtime, for which 5 to 10 % of headroom
    /// do.
    go_ratio: Factor,
}

impl Default for Params {
    fn default() -> Self {
        Self { ratio: Factor::of_default(800), go_ratio: Factor::of_default(950) }
    }
}

impl Check for OversizedHeap {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for container in pod.with_resources() {
            let Some(limit) = container.limit("memory").filter(|limit| limit.is_positive()) else { continue };
            for heap in heap::of(container) {
                let ratio = if heap.of == Memory::Runtime { params.go_ratio } else { params.ratio };
                let (part, of) = match heap.size {
                    Size::Bytes(bytes) => (bytes, *limit),
                    Size::Percent(percent) => (percent, Quantity::from_units(100)),
                };
                if !part.is_more_than(ratio.exact(), of) {
                    continue;
                }
                let (setting, amount) = (shown_within(&heap.setting, 30), limit.written());
                let (name, amount) = (shown_within(container.display_name(), 20), shown_within(&amount, 10));
                let message = format_args!(
                    "`{setting}` is more than {ratio} of the memory limit `{amount}` of container `{name}`"
                );
                out.report(heap.place, message).magnitude(part.per_mille_of(of));
            }
        }
    }
}
