//! `IMG03 floating-image-tag`: a tag must not be one that is moved from release to release.

use crate::object::pod::Image;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// An image has a tag that is moved by convention: `v1`, `1.27`, `stable`, `16-alpine`.
    ///
    /// A tag floats if what stands before its first `-` does, unless what follows tells one build from the next:
    /// `16-alpine` floats, `1.27-rc.1`, `main-2c26b46` and `stable-20260115` do not. A version of three numbers,
    /// a date, a build number or a commit names one image, and so does a digest. `latest` alone is left to
    /// `latest-image-tag`.
    ///
    /// ## Why
    /// `redis:7` is another program after every release of Redis. Pods of one Deployment then differ by the day
    /// on which their node pulled the image, an upgrade arrives with a node replacement, and going back to the
    /// old manifest does not go back to the old program.
    ///
    /// ## Fix
    /// Name the full version (`redis:7.4.2`), better with its digest.
    ///
    /// ## Exceptions
    /// Projects whose releases have only two numbers: a rule for their images, with `patterns` that leave them
    /// out.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: cache, image: "redis:7-alpine" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: cache, image: "redis:7.4.2-alpine" }]
    /// ```
    pub(super) FloatingImageTag = {
        code: "IMG03",
        since: "0.1.0",
        severity: Medium,
        on: Image,
        equivalents: ["kubescape:C-0304", "kube-linter:latest-tag", "gatekeeper:disallowedtags"],
        references: ["https://kubernetes.io/docs/concepts/containers/images/#image-names"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Words that name a line of development, not a version, in any case.
    names: Vec<String>,
    /// Regular expressions for versions that are not complete.
    patterns: Patterns,
    /// Regular expressions for the parts after a `-` that tell one build from the next.
    builds: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        let names = [
            "canary", "current", "edge", "head", "latest", "lts", "main", "master", "nightly", "release",
            "stable",
        ];
        Self {
            names: names.map(str::to_owned).into(),
            patterns: Patterns::of_default(&[r"^[vV]?\d{1,2}(\.\d+)?$"]),
            builds: Patterns::of_default(&[
                r"^v?\d+(\.\d+)*$",
                r"^(alpha|beta|rc|pre|preview|build|b|r|p)\.?\d+(\.\d+)*$",
                r"^g?[0-9a-f]{6,}$",
            ]),
        }
    }
}

impl Params {
    fn floats(&self, tag: &str) -> bool {
        let mut parts = tag.split('-');
        let version = parts.next().unwrap_or_default();
        let is_known = self.names.iter().any(|name| name.eq_ignore_ascii_case(version));
        (is_known || self.patterns.is_match(version)) && !parts.any(|part| self.builds.is_match(part))
    }
}

impl Check for FloatingImageTag {
    type Params = Params;

    fn check(params: &Params, image: &Image<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(tag) = image.reference.tag.filter(|tag| *tag != "latest") else { return };
        if image.reference.digest.is_none() && params.floats(tag) {
            let (text, tag) = (shown(&image.text), shown(tag));
            out.report(image.text, format_args!("image `{text}` has the tag `{tag}`, which moves on"));
        }
    }
}
