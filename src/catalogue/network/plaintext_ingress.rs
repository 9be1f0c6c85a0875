//! `NET11 plaintext-ingress`: what comes in from outside must be encrypted.

use std::collections::HashSet;

use crate::object::network::{Ingress, IngressRule, IngressSpec};
use crate::object::{Place, Text};
use crate::policy::prelude::*;

policy! {
    /// An Ingress has no TLS, or none for one of its hosts.
    ///
    /// An entry of `tls` without hosts is for all of them, one for `*.example.com` for every host one label below. What only
    /// answers challenges of ACME has to be in plain text, and passes. So does an Ingress with an annotation by which its
    /// controller ends TLS at a load balancer of the cloud, or passes it on to the Pods.
    ///
    /// ## Why
    /// Passwords, sessions and personal data can be read and changed by everybody on the way, browsers warn of the site, and
    /// half of what they offer does not work in it. It stays unnoticed as long as only a health check looks.
    ///
    /// ## Fix
    /// List the host under `spec.tls`, with the Secret of its certificate.
    ///
    /// ## Exceptions
    /// Controllers that end TLS for all hosts without being told by the Ingress.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { rules: [{ host: shop.example.com }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { tls: [{ hosts: [shop.example.com], secretName: shop-tls }], rules: [{ host: shop.example.com }] }
    /// ```
    pub(super) PlaintextIngress = {
        code: "NET11",
        since: "0.1.0",
        severity: Medium,
        on: Ingress,
        equivalents: [
            "polaris:tlsSettingsMissing", "kyverno:require-ingress-https", "kyverno:ingress-host-match-tls",
            "gatekeeper:httpsonly", "kubescape:C-0263", "kubewarden:ingress-policy",
        ],
        references: ["https://kubernetes.io/docs/concepts/services-networking/ingress/#tls"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Annotations by which controllers end TLS elsewhere, or pass it on; `false` and an empty value do not count.
    tls_annotations: Vec<String>,
    /// Whether the load balancer of Google has to be told, by the annotation `kubernetes.io/ingress.allow-http: "false"`,
    /// not to take plain text beside TLS.
    require_annotation: bool,
}

impl Default for Params {
    fn default() -> Self {
        let annotations = [
            "alb.ingress.kubernetes.io/certificate-arn",
            "alb.ingress.kubernetes.io/ssl-redirect",
            "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
            "haproxy-ingress.github.io/ssl-passthrough",
            "haproxy.org/ssl-passthrough",
            "ingress.gcp.kubernetes.io/pre-shared-cert",
            "networking.gke.io/managed-certificates",
            "nginx.ingress.kubernetes.io/ssl-passthrough",
            "route.openshift.io/termination",
            "traefik.ingress.kubernetes.io/router.tls",
        ];
        Self { tls_annotations: annotations.map(str::to_owned).into(), require_annotation: false }
    }
}

const ALLOW_HTTP: &str = "kubernetes.io/ingress.allow-http";

/// The ports of a load balancer of AWS, which finds certificates by itself.
const LISTEN_PORTS: &str = "alb.ingress.kubernetes.io/listen-ports";

impl Check for PlaintextIngress {
    type Params = Params;

    fn check(params: &Params, ingress: Ingress<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = ingress.spec().filter(|_| !params.has_tls_elsewhere(ingress)) else { return };
        let mut rules = spec.rules().iter().filter(|rule| !answers_challenges(*rule)).peekable();
        if spec.tls().is_empty() {
            if rules.peek().is_some() || spec.default_backend().is_some() {
                out.report(spec.tls(), "Ingress has no TLS: clients talk to it in plain text");
            }
            return;
        }
        let covered = Covered::by(spec);
        for host in rules.filter_map(IngressRule::host).filter(|host| !host.is_empty() && !covered.has(host))
        {
            out.report(
                host,
                format_args!("`{}` is in no `tls`: clients talk to it in plain text", shown(&host)),
            );
        }
        let allow_http = annotation(ingress, ALLOW_HTTP);
        if params.require_annotation && allow_http.is_none_or(|value| *value != "false") {
            let missing = || ingress.missing("metadata.annotations[kubernetes.io/ingress.allow-http]");
            let place = allow_http.map_or_else(missing, Place::from);
            out.report(place, "the load balancer takes plain text beside TLS");
        }
    }
}

impl Params {
    fn has_tls_elsewhere(&self, ingress: Ingress<'_>) -> bool {
        let says_so = |key: &String| {
            annotation(ingress, key).is_some_and(|value| !value.is_empty() && *value != "false")
        };
        self.tls_annotations.iter().any(says_so)
            || annotation(ingress, LISTEN_PORTS).is_some_and(|ports| ports.contains("HTTPS"))
    }
}

/// The hosts that there is a certificate for.
struct Covered<'t> {
    all: bool,
    hosts: HashSet<&'t str>,
    /// Domains of which every host one label below is meant.
    domains: HashSet<&'t str>,
}

impl<'t> Covered<'t> {
    fn by(spec: IngressSpec<'t>) -> Self {
        let hosts: HashSet<_> =
            spec.tls().iter().flat_map(|tls| tls.hosts().iter()).map(|host| *host).collect();
        let domains = hosts.iter().filter_map(|host| host.strip_prefix("*.")).collect();
        Self { all: spec.tls().iter().any(|tls| tls.hosts().is_empty()), hosts, domains }
    }

    fn has(&self, host: &str) -> bool {
        let domain = host.split_once('.').map(|(_, domain)| domain);
        self.all || self.hosts.contains(host) || domain.is_some_and(|domain| self.domains.contains(domain))
    }
}

/// Whether a rule is there for nothing but to prove to a certificate authority whose host it is.
fn answers_challenges(rule: IngressRule<'_>) -> bool {
    let Some(http) = rule.http() else { return false };
    let is_challenge = |path: Text<'_>| path.starts_with("/.well-known/acme-challenge/");
    !http.paths().is_empty() && http.paths().iter().all(|it| it.path().is_some_and(is_challenge))
}

fn annotation<'t>(ingress: Ingress<'t>, key: &str) -> Option<Text<'t>> {
    ingress.metadata()?.annotations().get(key)
}
