//! `PRB05 liveness-on-dependency`: a container must not be killed because something else does not answer.

use crate::object::Place;
use crate::object::command::{CommandLine, client};
use crate::object::pod::PodContainer;
use crate::object::pod_spec::{HttpGetAction, Probe, TcpSocketAction};
use crate::policy::prelude::*;

policy! {
    /// A liveness probe asks something outside its Pod: a database, a queue, another service.
    ///
    /// That is so if the probe names a host, or if its command is a client that is told to connect to one
    /// (`pg_isready -h db`, `curl http://api/`, `nc -z db 5432`). Loopback, link-local addresses, sockets, what only
    /// a variable names (`$(POD_IP)`), and a URL with an `@` behind its host, which may be part of a password, pass;
    /// so does `pg_isready` without a host, in the container of the database itself. Pods that run to their end, as
    /// those of Jobs do, pass too.
    ///
    /// ## Why
    /// When the dependency is down, every container that needs it is killed, again and again. It comes back to
    /// a crowd of programs that all start at once, goes down again, and the outage of one part has become the
    /// outage of everything.
    ///
    /// ## Fix
    /// Let liveness ask only the container itself; a dependency belongs into readiness, if anywhere.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { exec: { command: [pg_isready, -h, db.shop.svc, -p, "5432"] } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: db
    ///     image: postgres:17.2
    ///     livenessProbe: { exec: { command: [pg_isready, -h, 127.0.0.1] } }
    /// ```
    pub(super) LivenessOnDependency = {
        code: "PRB05",
        since: "0.1.0",
        severity: High,
        on: LongRunningContainer,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"],
    }
}

impl Check for LivenessOnDependency {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        if let Some((place, host)) = container.liveness_probe().and_then(dependency) {
            out.report(place, format_args!("liveness asks `{}`, which is outside the Pod", shown(&host)));
        }
    }
}

/// The host that a probe asks, if it is outside the Pod.
fn dependency(probe: Probe<'_>) -> Option<(Place<'_>, String)> {
    if let Some(exec) = probe.exec() {
        let line = CommandLine::of(exec.command());
        let mut hosts = line.programs().filter_map(|(program, arguments)| client::target(program, arguments));
        let host = hosts.find(|host| is_outside(host))?.to_owned();
        return Some((exec.command().into(), host));
    }
    let by_http = probe.http_get().and_then(HttpGetAction::host);
    let host = by_http.or_else(|| probe.tcp_socket().and_then(TcpSocketAction::host));
    host.filter(|host| is_outside(host)).map(|host| (host.into(), host.to_string()))
}

/// Whether a host certainly is not the Pod: only what is written out is known.
fn is_outside(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let inside = ["127.", "0.0.0.0", "169.254.", "fe80:", "/"].iter().any(|start| host.starts_with(start));
    !inside && !["", "localhost", "::1", "::", "."].contains(&host.as_str()) && !host.contains(['$', '`'])
}
