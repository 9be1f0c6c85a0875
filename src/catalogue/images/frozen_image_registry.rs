//! `IMG07 frozen-image-registry`: images must not come from a registry that gets no new ones.

use super::naming::ImagePattern;
use crate::object::pod::Image;
use crate::policy::prelude::*;

policy! {
    /// An image comes from `k8s.gcr.io`, which was frozen in April 2023.
    ///
    /// ## Why
    /// No version of Kubernetes' own images that came out since is there, and so no fix for a hole in one of them. Pulls
    /// still work because they are redirected, for as long as somebody pays for it; the day they are not, nodes cannot
    /// start what they do not have yet.
    ///
    /// ## Fix
    /// Name `registry.k8s.io`, which has the same images under the same names.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: pause, image: "k8s.gcr.io/pause:3.5" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: pause, image: "registry.k8s.io/pause:3.10" }]
    /// ```
    pub(super) FrozenImageRegistry = {
        code: "IMG07",
        since: "0.1.0",
        severity: Low,
        on: Image,
        equivalents: ["kyverno:restrict-deprecated-registry", "kubescape:C-0253"],
        references: ["https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/"],
    }
}

/// The frozen registry of Kubernetes, and the one that took its place.
const KUBERNETES: (&str, &str) = ("k8s.gcr.io", "registry.k8s.io");

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Registries, paths and repositories that get no new images.
    registries: Vec<ImagePattern>,
}

impl Default for Params {
    fn default() -> Self {
        Self { registries: ImagePattern::new(KUBERNETES.0).into_iter().collect() }
    }
}

impl Check for FrozenImageRegistry {
    type Params = Params;

    fn check(params: &Params, image: &Image<'_>, _: &Context<'_>, out: &mut Findings) {
        if !params.registries.iter().any(|pattern| pattern.matches(&image.reference)) {
            return;
        }
        let registry = shown(image.reference.registry);
        let finding = out.report(image.text, format_args!("`{registry}` gets no new images and no fixes"));
        let (frozen, living) = KUBERNETES;
        if let Some(rest) = image.text.strip_prefix(frozen) {
            finding.fix(Fix::set(image.text, format!("{living}{rest}")));
        }
    }
}
