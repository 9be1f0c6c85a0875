//! `NET17 ingress-snippet`: an Ingress must not write the configuration of the proxy that everybody shares.

use crate::object::network::Ingress;
use crate::policy::prelude::*;

policy! {
    /// An Ingress puts lines of its own into the configuration of the proxy, or a ConfigMap lets every Ingress do so.
    ///
    /// Annotations whose names end in `-snippet` or `-snippets` are what controllers on NGINX and HAProxy have for that, and
    /// `config-…` of the HAProxy Ingress, by either of its prefixes. The ConfigMap is known by its key `allow-snippet-annotations`.
    ///
    /// ## Why
    /// The proxy may read every Secret that a certificate could be in, and serves every site of the cluster. Whoever can write
    /// into its configuration gets its token, and with it those Secrets (CVE-2021-25742). A typing error there stops the
    /// proxy from loading any change at all, of anybody.
    ///
    /// ## Fix
    /// Use the annotation that the controller has for the setting; keep `allow-snippet-annotations` at `"false"`.
    ///
    /// ## Exceptions
    /// Settings that there is no annotation for, once somebody who runs the proxy has read the lines.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: { nginx.ingress.kubernetes.io/server-snippet: "proxy_ssl_verify off;" }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: { nginx.ingress.kubernetes.io/proxy-ssl-verify: "off" }
    /// ```
    pub(super) IngressSnippet = {
        code: "NET17",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[&kinds::INGRESS, &kinds::CONFIG_MAP],
        equivalents: ["kyverno:disallow-ingress-nginx-custom-snippets", "kubescape:C-0059"],
        references: ["https://github.com/kubernetes/ingress-nginx/issues/7837"],
    }
}

impl Check for IngressSnippet {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        if let Some(ingress) = subject.lens::<Ingress<'static>>() {
            let annotations = ingress.metadata().map(|metadata| metadata.annotations());
            for (key, value) in annotations.into_iter().flat_map(|annotations| annotations.iter()) {
                if is_snippet(key) {
                    let key = shown(key);
                    out.report(value, format_args!("`{key}` writes into the configuration of the proxy"));
                }
            }
        } else if let Some(map) = subject.judged() {
            let allowed = map.node().descend(&["data", "allow-snippet-annotations"]);
            if let Some(allowed) = allowed.filter(|it| it.as_str().is_some_and(is_true)) {
                out.report(allowed, "lets every Ingress write into the configuration of the proxy");
            }
        }
    }
}

/// The prefixes that the HAProxy Ingress looks for.
const HAPROXY_INGRESS: [&str; 2] = ["haproxy-ingress.github.io", "ingress.kubernetes.io"];

fn is_snippet(key: &str) -> bool {
    let Some((controller, name)) = key.split_once('/') else { return false };
    name.ends_with("-snippet")
        || name.ends_with("-snippets")
        || (HAPROXY_INGRESS.contains(&controller) && name.starts_with("config-"))
}

/// As the controller reads it.
fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "TRUE" | "true" | "True")
}
