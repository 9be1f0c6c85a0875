//! `PRB11 liveness-on-readiness-path`: that a container cannot work just now is no reason to kill it.

use crate::object::pod::PodContainer;
use crate::object::pod_spec::HttpGetAction;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// A liveness probe asks a path whose name says that it is about readiness, or about what the program needs.
    ///
    /// `/ready`, `/health/readiness`, `/healthz/db` and the like are found: whole words of the path and of its query,
    /// in any case. `/health` and `/healthz` say nothing and pass.
    ///
    /// ## Why
    /// Such a path answers with an error while the database is away or the caches are cold. A container that is not
    /// ready should get no requests; liveness kills it instead, and all the others at the same moment, because they
    /// have the same database. It comes back to a crowd of programs that all start at once.
    ///
    /// ## Fix
    /// Ask a path that only tells whether the process answers, such as `/livez`.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { path: /health/ready, port: 8080 } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     readinessProbe: { httpGet: { path: /health/ready, port: 8080 } }
    ///     livenessProbe: { httpGet: { path: /health/live, port: 8080 } }
    /// ```
    pub(super) LivenessOnReadinessPath = {
        code: "PRB11",
        since: "0.1.0",
        severity: Medium,
        on: LongRunningContainer,
        yields_to: ["PRB04" in Container, "PRB05" in Container],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for the paths.
    paths: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            paths: Patterns::of_default(&[
                r"(?i)(^|[^a-z0-9])(is_?)?(ready(z|ness)?|readiness)([^a-z0-9]|$)",
                r"(?i)(^|[^a-z0-9])(deep|full|dependenc(y|ies)|upstreams?|db|database|redis|kafka)([^a-z0-9]|$)",
            ]),
        }
    }
}

impl Check for LivenessOnReadinessPath {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        let path = container.liveness_probe().and_then(|probe| probe.http_get()).map(HttpGetAction::path);
        if let Some(path) = path.filter(|path| params.paths.is_match(path)) {
            out.report(path, format_args!("liveness asks `{}`: what is not ready is killed", shown(&path)));
        }
    }
}
