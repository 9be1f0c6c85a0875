//! `ADM03 tunnel-into-pod`: a tunnel through the API server goes past Services, Ingresses and network policies.

use crate::object::subresources::ConnectOptions;
use crate::policy::prelude::*;

policy! {
    /// Somebody opens a tunnel to a Pod, a Service or a node through the API server.
    ///
    /// That is what `kubectl port-forward`, `kubectl attach` and requests to the subresource `proxy` do. Monitoring that
    /// reads metrics, statistics and health of nodes through `nodes/proxy` passes. It is advice everywhere; the page of
    /// `exec-into-pod` shows the rule that refuses it in critical namespaces. A node is in none.
    ///
    /// ## Why
    /// The tunnel ends behind every network policy and every login: the database that nothing but its application may
    /// reach is reached from a laptop. Through the proxy of a node whoever may open it can run commands in all of its
    /// Pods.
    ///
    /// ## Fix
    /// Give people the way in that the application has for them, such as an Ingress with a login, or a copy of the data.
    ///
    /// ## Exceptions
    /// Consoles and tests that reach Services through the API server: scope a rule to their users.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: CONNECT
    /// subResource: portforward
    /// kind: { group: "", version: v1, kind: PodPortForwardOptions }
    /// object: { apiVersion: v1, kind: PodPortForwardOptions, ports: [5432] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: CONNECT
    /// subResource: proxy
    /// kind: { group: "", version: v1, kind: NodeProxyOptions }
    /// userInfo: { username: "system:serviceaccount:monitoring:prometheus" }
    /// object: { apiVersion: v1, kind: NodeProxyOptions, path: /metrics/cadvisor }
    /// ```
    pub(super) TunnelIntoPod = {
        code: "ADM03",
        since: "0.1.0",
        severity: Low,
        on: ConnectOptions,
        needs: Request,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/cluster-administration/proxies/"],
    }
}

/// Paths of the kubelet by which it is watched, and what lies below them.
const WATCHED: [&str; 3] = ["healthz", "metrics", "stats/summary"];

impl Check for TunnelIntoPod {
    type Params = NoParams;

    fn check(_: &NoParams, options: ConnectOptions<'_>, context: &Context<'_>, out: &mut Findings) {
        let message = match context.subject.kind() {
            Some(kind) if *kind == kinds::POD_ATTACH_OPTIONS => "attaches to a running container",
            Some(kind) if *kind == kinds::POD_PORT_FORWARD_OPTIONS => "forwards a port of a Pod",
            Some(kind) if *kind == kinds::POD_PROXY_OPTIONS => "reaches a Pod through the API server",
            Some(kind) if *kind == kinds::SERVICE_PROXY_OPTIONS => "reaches a Service through the API server",
            Some(_) if !options.path().is_some_and(|path| is_watching(&path)) => {
                "reaches a node, and every Pod on it, through the API server"
            }
            _ => return,
        };
        out.report(options, message);
    }
}

fn is_watching(path: &str) -> bool {
    let path = path.trim_start_matches('/').split('?').next().unwrap_or_default();
    let is_at_or_below = |watched: &str| {
        path.strip_prefix(watched).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // A path that climbs, or is escaped, may not be the one that it looks like.
    !path.contains("..") && !path.contains('%') && WATCHED.into_iter().any(is_at_or_below)
}
