//! `IMG06 unapproved-image-registry`: images must come from where the organisation gets its images.

use super::naming::ImagePattern;
use crate::object::pod::Image;
use crate::policy::prelude::*;

policy! {
    /// An image comes from a registry or a repository that is refused, or from none that is approved.
    ///
    /// Names are compared as container runtimes read them: `nginx` is `docker.io/library/nginx`. A pattern is a registry
    /// (`ghcr.io`), what is below a path (`ghcr.io/acme/*`), one repository (`ghcr.io/acme/web`) or tags of one
    /// (`ghcr.io/acme/web:1.*`); it matches the whole name, so that `ghcr.io/acme` never lets `ghcr.io/acme-evil` in.
    /// Where nothing is approved, everything is that is not refused; but only a list of what is approved holds, because
    /// there are mirrors of everything. Teams get lists of their own by rules for their namespaces.
    ///
    /// ## Why
    /// Whoever may write a Pod decides which bytes run in the cluster. Images from anywhere have seen no review and no
    /// scan, names one letter away from a known one are waiting for typing errors, and what a stranger's account serves
    /// today is gone tomorrow, when a node has to pull it again.
    ///
    /// ## Fix
    /// Push the image to an approved registry, or pull it through the organisation's mirror, and name that.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "ttl.sh/web:1h" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "registry.example/web:1.4.2" }]
    /// ```
    pub(super) UnapprovedImageRegistry = {
        code: "IMG06",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Image,
        equivalents: [
            "kyverno:restrict-image-registries", "kyverno:advanced-restrict-image-registries",
            "kyverno:allowed-image-repos", "gatekeeper:allowedrepos", "gatekeeper:allowedreposv2",
            "gatekeeper:disallowedrepos", "kubewarden:trusted-repos-policy", "trivy:KSV-0032",
            "trivy:KSV-0033", "trivy:KSV-0034", "trivy:KSV-0035", "trivy:KSV-0124", "trivy:KSV-0125",
            "kubescape:C-0001", "kubescape:C-0078",
        ],
        references: ["https://kubernetes.io/docs/concepts/containers/images/#image-names"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Where images may come from: registries, paths and repositories; anywhere, if there is none.
    allowed: Vec<ImagePattern>,
    /// Where they must not come from, even if it is allowed. `ttl.sh` takes images from anybody.
    denied: Vec<ImagePattern>,
    /// Whether an image must name its registry: for one that does not, nodes may look elsewhere than Docker Hub.
    require_registry: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            allowed: Vec::new(),
            denied: ImagePattern::new("ttl.sh").into_iter().collect(),
            require_registry: false,
        }
    }
}

impl Check for UnapprovedImageRegistry {
    type Params = Params;

    fn check(params: &Params, image: &Image<'_>, _: &Context<'_>, out: &mut Findings) {
        // The API accepts templates without an image; a tool fills it in later.
        if image.text.is_empty() {
            return;
        }
        let is_meant = |pattern: &&ImagePattern| pattern.matches(&image.reference);
        let text = shown(&image.text);
        if let Some(denied) = params.denied.iter().find(is_meant) {
            let denied = shown(denied.as_str());
            out.report(image.text, format_args!("image `{text}` is from `{denied}`, which is refused"));
        } else if params.require_registry && !image.reference.names_registry {
            out.report(image.text, format_args!("image `{text}` does not say from which registry it is"));
        } else if !params.allowed.is_empty() && !params.allowed.iter().any(|it| is_meant(&it)) {
            out.report(image.text, format_args!("image `{text}` is not from an approved registry"));
        }
    }
}
