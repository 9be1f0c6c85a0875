//! `NET15 conflicting-ingress-routes`: a request must have one place to go to.

use std::collections::{HashMap, HashSet};

use crate::catalogue::beside;
use crate::object::Place;
use crate::object::key::Key;
use crate::object::network::{HttpIngressPath, Ingress, IngressRule};
use crate::policy::Within;
use crate::policy::prelude::*;

policy! {
    /// Two Ingresses have a rule for the same host and path.
    ///
    /// Host, path and `pathType` are compared, with the Ingresses of the whole cluster. Those of another class have another
    /// controller and pass, as do those that an operator has made, that an annotation tells apart (canaries, conditions on
    /// headers, entry points), and those of controllers that make a load balancer for each Ingress.
    ///
    /// ## Why
    /// Which of the two gets the requests is decided by the controller: the older one, the first by name, or both in turn.
    /// One application is cut off, or its logins and cookies go to another, and it can change with the next restart. In a
    /// cluster of many teams it is also how one takes over the site of another.
    ///
    /// ## Fix
    /// Change the host or the path of one of the two, or remove it.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { rules: [{ host: shop.example.com, http: { paths: [{ path: /, pathType: Prefix }] } }] }
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: landing, namespace: campaigns }
    /// spec: { rules: [{ host: shop.example.com, http: { paths: [{ path: /, pathType: Prefix }] } }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { rules: [{ host: shop.example.com, http: { paths: [{ path: /, pathType: Prefix }] } }] }
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: landing, namespace: campaigns }
    /// spec: { rules: [{ host: shop.example.com, http: { paths: [{ path: /sale, pathType: Prefix }] } }] }
    /// ```
    pub(super) ConflictingIngressRoutes = {
        code: "NET15",
        since: "0.1.0",
        severity: Medium,
        on: Ingress,
        needs: Facts,
        equivalents: [
            "kyverno:restrict-ingress-host", "kyverno:unique-ingress-paths",
            "kyverno:unique-ingress-host-and-path", "gatekeeper:uniqueingresshost",
        ],
        references: ["https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Beginnings of annotations that tell Ingresses with the same rule apart: they do where their values differ, or where
    /// only one of the two has them.
    told_apart_by: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let annotations = [
            "alb.ingress.kubernetes.io/conditions.",
            "alb.ingress.kubernetes.io/group.",
            "alb.ingress.kubernetes.io/scheme",
            "bfe.ingress.kubernetes.io/balance.weight",
            "bfe.ingress.kubernetes.io/router.",
            "haproxy.org/route-acl",
            "higress.io/canary",
            "higress.io/exact-match-",
            "higress.io/match-method",
            "higress.io/prefix-match-",
            "konghq.com/headers.",
            "konghq.com/methods",
            "mse.ingress.kubernetes.io/canary",
            "nginx.ingress.kubernetes.io/canary",
            "traefik.ingress.kubernetes.io/router.entrypoints",
            "traefik.ingress.kubernetes.io/router.priority",
        ];
        Self { told_apart_by: annotations.map(str::to_owned).into() }
    }
}

impl Check for ConflictingIngressRoutes {
    type Params = Params;

    fn check(params: &Params, ingress: Ingress<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(spec) = ingress.spec().filter(|_| competes(ingress)) else { return };
        for rule in spec.rules().iter() {
            let host = rule.host().map_or("", |host| *host);
            let others = context.facts.list::<Ingress<'static>>(Within::Cluster, Some(Key::Host(host)));
            let Some(others) = out.known(others) else { return };
            let rivals = params.rivals(ingress, rule, others, context);
            for path in paths(rule) {
                let Some(other) = rivals.get(&route(path)) else { continue };
                let place: Place<'_> = path.path().map_or_else(|| path.into(), Place::from);
                let name = beside::shown_name(context, other.node());
                let (host, path) = (shown_within(host, 30), shown_within(route(path).0, 14));
                out.report(place, format!("Ingress `{name}` has a rule for `{host}{path}` too"));
            }
        }
    }
}

impl Params {
    /// The first of the others that has a path of a rule for the same host, by path.
    fn rivals<'t>(
        &self,
        ingress: Ingress<'t>,
        rule: IngressRule<'t>,
        others: Vec<Ingress<'t>>,
        context: &Context<'_>,
    ) -> HashMap<Route<'t>, Ingress<'t>> {
        let host = rule.host().map_or("", |host| *host);
        let own: HashSet<_> = paths(rule).map(route).collect();
        let mut rivals = HashMap::<_, Ingress<'_>>::new();
        for other in others {
            for route in routes_of(other, host).filter(|route| own.contains(route)) {
                let is_before = |it: &Ingress<'_>| beside::order(other.node()) < beside::order(it.node());
                if rivals.get(&route).is_none_or(is_before)
                    && !beside::is_subject(context, other.node())
                    && self.are_rivals(ingress, other)
                {
                    rivals.insert(route, other);
                }
            }
        }
        rivals
    }

    /// Whether the same rule in both is for the same requests.
    fn are_rivals(&self, one: Ingress<'_>, other: Ingress<'_>) -> bool {
        let [class, of_other] = [one, other].map(|ingress| ingress.class().map(|class| *class));
        competes(other) && class == of_other && !self.tell_apart(one, other)
    }

    fn tell_apart(&self, one: Ingress<'_>, other: Ingress<'_>) -> bool {
        let [one, other] = [one, other].map(|ingress| ingress.metadata().map(|it| it.annotations()));
        let Some((one, other)) = one.zip(other) else { return false };
        let tells = |key: &str| self.told_apart_by.iter().any(|start| key.starts_with(start));
        [(one, other), (other, one)].into_iter().any(|(one, other)| {
            one.iter().any(|(key, value)| other.get(key).is_none_or(|it| it != value) && tells(key))
        })
    }
}

/// What a request must be like: path and kind of path.
type Route<'t> = (&'t str, &'t str);

fn route(path: HttpIngressPath<'_>) -> Route<'_> {
    let (text, kind) = (path.path().map_or("", |path| *path), *path.path_type());
    let text = if kind == "Prefix" { text.trim_end_matches('/') } else { text };
    (if text.is_empty() { "/" } else { text }, kind)
}

/// What an Ingress routes of a host.
fn routes_of<'t>(ingress: Ingress<'t>, host: &str) -> impl Iterator<Item = Route<'t>> {
    let rules = ingress.spec().into_iter().flat_map(|spec| spec.rules().iter());
    rules.filter(move |rule| rule.host().map_or("", |host| *host) == host).flat_map(paths).map(route)
}

fn paths(rule: IngressRule<'_>) -> impl Iterator<Item = HttpIngressPath<'_>> {
    rule.http().into_iter().flat_map(|http| http.paths().iter())
}

/// Whether an Ingress shares its controller's address with others, and is somebody's own.
fn competes(ingress: Ingress<'_>) -> bool {
    let annotation = |key| ingress.metadata().and_then(|metadata| metadata.annotations().get(key));
    let shares = match ingress.class().map_or("", |class| *class) {
        "gce" | "gce-internal" | "tailscale" => false,
        "alb" => annotation("alb.ingress.kubernetes.io/group.name").is_some(),
        _ => true,
    };
    shares && !beside::is_made(ingress.node())
}
