//! `IMG04 unshippable-image-tag`: a tag must not say itself that the image is not for production.

use super::naming::find_phrase;
use crate::object::pod::Image;
use crate::policy::prelude::*;

policy! {
    /// The tag of an image says that it must not be shipped: `v1.2.3-debug-DONT-PUSH`.
    ///
    /// The tag is taken apart at `-`, `_`, `.` and `+`, and whole words are compared without regard to case, so
    /// that `unbroken` is no match for `broken`. A digest changes nothing: it pins what its maker warns about.
    ///
    /// ## Why
    /// Whoever built the image wrote into its tag that it is not fit to run. It runs because a manifest was
    /// copied, or because a debugging session was merged.
    ///
    /// ## Fix
    /// Build the image from the main line, and name that version.
    ///
    /// ## Exceptions
    /// Clusters in which such images are tried out, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "registry.example/web:v1.2.3-debug-DONT-PUSH" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "registry.example/web:v1.2.3" }]
    /// ```
    pub(super) UnshippableImageTag = {
        code: "IMG04",
        since: "0.1.0",
        severity: High,
        on: Image,
        equivalents: ["gatekeeper:disallowedtags", "kube-linter:latest-tag"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Words that a tag must not contain. Words with a `-` stand for several in a row; a last `*` stands for any
    /// one word.
    words: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { words: ["broken", "do-not-*", "dont-*"].map(str::to_owned).into() }
    }
}

impl Check for UnshippableImageTag {
    type Params = Params;

    fn check(params: &Params, image: &Image<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(tag) = image.reference.tag else { return };
        if let Some(word) = find_phrase(tag, &params.words) {
            let (tag, word) = (shown(tag), shown(word));
            out.report(image.text, format_args!("tag `{tag}` says that the image must not ship (`{word}`)"));
        }
    }
}
