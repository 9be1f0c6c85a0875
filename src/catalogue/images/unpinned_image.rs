//! `IMG02 unpinned-image`: an image should be named by what is in it.

use crate::object::pod::{Image, Role};
use crate::policy::prelude::*;

policy! {
    /// An image has no digest, so that its registry decides what is pulled.
    ///
    /// Digests of the algorithms in `algorithms` count. Ephemeral containers are left out: they are started by hand for
    /// a few minutes, by tools that name a tag. Where the tag says too little as well, `latest-image-tag` and
    /// `floating-image-tag` say so.
    ///
    /// ## Why
    /// Any tag can be pushed again, `v1.2.3` too: by a pipeline that runs twice, by whoever takes over the account of a
    /// maintainer. Nodes that come up later then run something else than those that were there before, and no manifest
    /// has changed. A digest is what was tested, or nothing.
    ///
    /// ## Fix
    /// Append the digest: `nginx:1.27.3@sha256:…`; update bots keep tag and digest together.
    ///
    /// ## Exceptions
    /// Sidecars that a mesh or an agent puts into Pods, by a rule for their images.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "nginx:1.27.3" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: nginx:1.27.3@sha256:0a399eb16751829e1af26fea27b20c3ec28d7ab1fb72182879dcae1cca21206a
    /// ```
    pub(super) UnpinnedImage = {
        code: "IMG02",
        since: "0.1.0",
        severity: Low,
        on: Image,
        yields_to: ["IMG01" in Field, "IMG03" in Field],
        equivalents: [
            "kyverno:require-image-checksum", "gatekeeper:imagedigests", "kubescape:C-0306",
            "datree:CONTAINERS_MISSING_IMAGE_VALUE_DIGEST",
        ],
        references: ["https://kubernetes.io/docs/concepts/containers/images/#image-names"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Algorithms whose digests pin an image.
    algorithms: Vec<String>,
    /// Whether a tag must stand beside the digest, so that people can tell the version.
    require_tag: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { algorithms: ["sha256", "sha512"].map(str::to_owned).into(), require_tag: false }
    }
}

impl Check for UnpinnedImage {
    type Params = Params;

    fn check(params: &Params, image: &Image<'_>, _: &Context<'_>, out: &mut Findings) {
        // The API accepts templates without an image; a tool fills it in later.
        if image.role == Some(Role::Ephemeral) || image.text.is_empty() {
            return;
        }
        let text = shown(&image.text);
        match image.reference.digest {
            None => {
                let message =
                    format_args!("image `{text}` has no digest: its registry decides what is pulled");
                out.report(image.text, message);
            }
            Some(digest) if !params.pin(digest) => {
                let digest = shown_within(digest, 20);
                let message = format_args!("image `{text}` has a digest that does not pin it: `{digest}`");
                out.report(image.text, message);
            }
            Some(_) if params.require_tag && image.reference.tag.is_none() => {
                let message =
                    format_args!("image `{text}` has a digest but no tag: nobody can tell its version");
                out.report(image.text, message);
            }
            Some(_) => {}
        }
    }
}

impl Params {
    fn pin(&self, digest: &str) -> bool {
        digest.split_once(':').is_some_and(|(algorithm, hex)| {
            let is_hex = !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_hex && self.algorithms.iter().any(|it| it == algorithm)
        })
    }
}
