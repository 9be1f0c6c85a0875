//! `NET31 ingress-injection`: a value of an Ingress must not become a line of the proxy's configuration.

use crate::object::network::Ingress;
use crate::policy::prelude::*;

policy! {
    /// An Ingress has a value that old releases of Ingress NGINX take for configuration, or for a file of the proxy.
    ///
    /// Looked at are the annotations by which that has happened (`auth-url`, `auth-tls-match-cn`, `mirror-target` and
    /// `mirror-host`), and paths. `;`, `#`, `{`, `}`, `"`, `|` and line breaks have no business in such an annotation, but
    /// `|` in `auth-tls-match-cn`, which is a regular expression. A path may be one as well: quotes and line breaks are found
    /// there, and `;` together with a brace. So are paths at and below `/etc`, `/root`, `/var/run/kubernetes` and
    /// `/var/run/secrets`.
    ///
    /// ## Why
    /// Whoever gets a line into the configuration runs code as the proxy, which may read every Secret of the cluster
    /// (CVE-2021-25745, CVE-2025-1097, CVE-2025-1098, CVE-2025-24514): the right to write one Ingress is enough to take over
    /// all of it.
    ///
    /// ## Fix
    /// Keep to a plain URL, name or path; and run a release of the controller that checks them itself.
    ///
    /// ## Exceptions
    /// Applications that serve such a path, behind a controller that is not Ingress NGINX.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: { nginx.ingress.kubernetes.io/auth-url: "http://auth.example.com/#;\nload_module x" }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: { nginx.ingress.kubernetes.io/auth-url: "http://auth.example.com/check?for=$request_uri" }
    /// ```
    pub(super) IngressInjection = {
        code: "NET31",
        since: "0.1.0",
        severity: Medium,
        on: Ingress,
        equivalents: [
            "kyverno:restrict-annotations", "kyverno:restrict-ingress-paths", "trivy:KCV-0093",
        ],
        references: [
            "https://kubernetes.io/blog/2025/03/24/ingress-nginx-cve-2025-1974/",
            "https://github.com/kubernetes/ingress-nginx/issues/8502",
        ],
    }
}

const CONTROLLER: &str = "nginx.ingress.kubernetes.io/";

/// Annotations whose values have got into the configuration, and whether they are regular expressions.
const ANNOTATIONS: [(&str, bool); 4] =
    [("auth-url", false), ("auth-tls-match-cn", true), ("mirror-target", false), ("mirror-host", false)];

/// Directories of the proxy with something in them that is worth reading.
const DIRECTORIES: [&str; 4] = ["/etc", "/root", "/var/run/kubernetes", "/var/run/secrets"];

impl Check for IngressInjection {
    type Params = NoParams;

    fn check(_: &NoParams, ingress: Ingress<'_>, _: &Context<'_>, out: &mut Findings) {
        let annotations = ingress.metadata().map(|metadata| metadata.annotations());
        for (key, value) in annotations.into_iter().flat_map(|annotations| annotations.iter()) {
            let name = key.strip_prefix(CONTROLLER);
            let known = name.and_then(|name| ANNOTATIONS.iter().find(|(known, _)| *known == name));
            if known.is_some_and(|(_, is_regex)| breaks_annotation(&value, *is_regex)) {
                out.report(
                    value,
                    format_args!("`{}` has characters that end a line of configuration", shown(key)),
                );
            }
        }
        let rules = ingress.spec().into_iter().flat_map(|spec| spec.rules().iter());
        for entry in rules.filter_map(|rule| rule.http()).flat_map(|http| http.paths().iter()) {
            let Some(path) = entry.path() else { continue };
            if breaks_path(&path) {
                out.report(
                    path,
                    format_args!("`{}` has characters that end a line of configuration", shown(&path)),
                );
            } else if DIRECTORIES.iter().any(|directory| is_at_or_below(&path, directory)) {
                out.report(path, format_args!("`{}` is a path of the files of the proxy", shown(&path)));
            }
        }
    }
}

fn breaks_annotation(value: &str, is_regex: bool) -> bool {
    let ends_line = |char: char| matches!(char, ';' | '#' | '{' | '}' | '"') || char.is_control();
    value.contains(ends_line) || (!is_regex && value.contains('|'))
}

/// Braces are for repetition in a regular expression, and `;` may stand in a path.
fn breaks_path(path: &str) -> bool {
    path.contains(|char: char| char == '"' || char.is_control())
        || (path.contains(';') && path.contains(['{', '}']))
}

fn is_at_or_below(path: &str, directory: &str) -> bool {
    let goes_on = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
    path.strip_prefix(directory).is_some_and(|rest| !rest.starts_with(goes_on))
}
