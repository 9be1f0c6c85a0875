//! `NET15 conflicting-ingress-routes`: a request must have one place to go to.

use std::collections::{HashMap, HashSet};
use std::ptr;

use crate::catalogue::beside;
use crate::object::Place;
use crate::object::key::Key;
use crate::object::network::{HttpIngressPath, Ingress, IngressRule};
use crate::policy::prelude::*;
use crate::policy::{Unknown, Within};

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
        let Some(rivals) = out.known(params.rivals(ingress, context)) else { return };
        for rule in spec.rules().iter() {
            for path in paths(rule) {
                let route = route(rule, path);
                let Some(other) = rivals.get(&route) else { continue };
                let place: Place<'_> = path.path().map_or_else(|| path.into(), Place::from);
                let name = beside::shown_name(context, other.node());
                let (host, path) = (shown_within(route.host, 29), shown_within(route.path, 14));
                out.report(place, format_args!("Ingress `{name}` has a rule for `{host}{path}` too"));
            }
        }
    }
}

impl Params {
    /// The first of the others that has a route too, by route. Each of the others is gone through once, however many hosts
    /// and rules the two share.
    fn rivals<'t>(
        &self,
        ingress: Ingress<'t>,
        context: &Context<'t>,
    ) -> Result<HashMap<Route<'t>, Ingress<'t>>, Unknown> {
        let own: HashSet<_> = routes(ingress).collect();
        let hosts: HashSet<_> = own.iter().map(|route| route.host).collect();
        let (mut rivals, mut seen) = (HashMap::<_, Ingress<'_>>::new(), HashSet::new());
        for host in hosts {
            for other in context.facts.list::<Ingress<'static>>(Within::Cluster, Some(Key::Host(host)))? {
                let node = other.node();
                let is_new = seen.insert((ptr::from_ref(node.tree()), node.id()));
                if !is_new || beside::is_subject(context, node) || !self.are_rivals(ingress, other) {
                    continue;
                }
                let is_before = |it: &Ingress<'_>| beside::order(node) < beside::order(it.node());
                for route in routes(other).filter(|route| own.contains(route)) {
                    if rivals.get(&route).is_none_or(is_before) {
                        rivals.insert(route, other);
                    }
                }
            }
        }
        Ok(rivals)
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
            one.iter().any(|(key, value)| tells(key) && other.get(key).is_none_or(|it| it != value))
        })
    }
}

/// What a request must be like.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Route<'t> {
    host: &'t str,
    path: &'t str,
    kind: &'t str,
}

fn route<'t>(rule: IngressRule<'t>, path: HttpIngressPath<'t>) -> Route<'t> {
    let (text, kind) = (path.path().map_or("", |path| *path), *path.path_type());
    let text = if kind == "Prefix" { text.trim_end_matches('/') } else { text };
    let path = if text.is_empty() { "/" } else { text };
    Route { host: rule.host().map_or("", |host| *host), path, kind }
}

/// What an Ingress routes.
fn routes(ingress: Ingress<'_>) -> impl Iterator<Item = Route<'_>> {
    let rules = ingress.spec().into_iter().flat_map(|spec| spec.rules().iter());
    rules.flat_map(|rule| paths(rule).map(move |path| route(rule, path)))
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
