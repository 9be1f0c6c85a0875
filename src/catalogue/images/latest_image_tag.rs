//! `IMG01 latest-image-tag`: an image must be named by a tag that says which one it is.

use crate::object::pod::Image;
use crate::policy::prelude::*;

policy! {
    /// An image has no tag, or a tag such as `latest` that names whatever was pushed last.
    ///
    /// Containers of every role and images mounted as volumes are looked at. A digest names one image whatever
    /// the tag beside it says.
    ///
    /// ## Why
    /// Pods of one Deployment run different code, depending on when their node pulled the image. A rollback
    /// goes back to the same tag and changes nothing, and nobody can say what was running when it broke.
    ///
    /// ## Fix
    /// Name a version (`nginx:1.27.3`), better with its digest (`nginx:1.27.3@sha256:…`).
    ///
    /// ## Exceptions
    /// Sandboxes where people try things out, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "registry.example:5000/web" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "registry.example:5000/web:1.4.2" }]
    /// ```
    pub(super) LatestImageTag = {
        code: "IMG01",
        since: "0.1.0",
        severity: High,
        on: Image,
        equivalents: [
            "polaris:tagNotSpecified", "kube-linter:latest-tag", "kube-score:container-image-tag",
            "kyverno:disallow-latest-tag", "gatekeeper:disallowedtags",
            "kubewarden:trusted-repos-policy", "trivy:KSV-0013", "kubescape:C-0075", "kubescape:C-0304",
            "kubeaudit:image", "datree:CONTAINERS_MISSING_IMAGE_VALUE_VERSION",
        ],
        references: ["https://kubernetes.io/docs/concepts/containers/images/#image-names"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Tags that name no version.
    tags: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { tags: vec!["latest".to_owned()] }
    }
}

impl Check for LatestImageTag {
    type Params = Params;

    fn check(params: &Params, image: &Image<'_>, _: &Context<'_>, out: &mut Findings) {
        // The API accepts templates without an image; a tool that fills it in later names the tag then.
        if image.reference.digest.is_some() || image.text.is_empty() {
            return;
        }
        let text = shown(&image.text);
        match image.reference.tag {
            None => {
                out.report(image.text, format_args!("image `{text}` has no tag, which means `latest`"));
            }
            Some(tag) if params.tags.iter().any(|it| it == tag) => {
                let tag = shown(tag);
                out.report(image.text, format_args!("image `{text}` has the moving tag `{tag}`"));
            }
            Some(_) => {}
        }
    }
}
