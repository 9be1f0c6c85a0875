//! `JOB08 overlong-pod`: what is to be gone tomorrow should say so.

use jiff::SignedDuration;

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A bare Pod asks for a longer life than it may have.
    ///
    /// Off unless it is selected, because the annotation is the organisation's own: something has to delete Pods
    /// whose time is over. Pods without the annotation pass, and templates do not say how long their Pods live.
    ///
    /// ## Why
    /// Pods that people start to look into something, or that a pipeline starts for a test, stay when nobody thinks
    /// of them any more, and hold memory and rights.
    ///
    /// ## Fix
    /// Ask for less, or run the work as a Job.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: { name: debug, annotations: { pod.kubernetes.io/lifetime: 72h } }
    /// spec: { containers: [{ name: debug, image: "debug:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: { name: debug, annotations: { pod.kubernetes.io/lifetime: 2h30m } }
    /// spec: { containers: [{ name: debug, image: "debug:1.4.2" }] }
    /// ```
    pub(super) OverlongPod = {
        code: "JOB08",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        kinds: &[&kinds::POD],
        equivalents: ["kyverno:enforce-pod-duration"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Key of the annotation that says how long a Pod is to live, such as `90m` or `2h30m`.
    key: String,
    /// How many minutes it may say.
    max_minutes: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { key: "pod.kubernetes.io/lifetime".to_owned(), max_minutes: 8 * 60 }
    }
}

impl Check for OverlongPod {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(lifetime) = pod.metadata.and_then(|metadata| metadata.annotations().get(&params.key)) else {
            return;
        };
        match lifetime.parse::<SignedDuration>() {
            Err(_) => {
                out.report(lifetime, format_args!("`{}` is no duration such as `2h30m`", shown(&lifetime)));
            }
            Ok(duration) if duration > SignedDuration::from_mins(params.max_minutes.into()) => {
                let max = params.max_minutes;
                out.report(
                    lifetime,
                    format_args!("asks to live `{}`, more than {max} minutes", shown(&lifetime)),
                );
            }
            Ok(_) => {}
        }
    }
}
