//! `IMG15 work-in-progress-image-tag`: a tag must not say that somebody is still at work on the image.

use super::naming::find_phrase;
use crate::object::pod::Image;
use crate::policy::prelude::*;

policy! {
    /// The tag of an image says that it is not finished, or that it was built for looking into: `v1.2.3-wip`, `debug`.
    ///
    /// The tag is taken apart at `-`, `_`, `.` and `+`, and whole words are compared without regard to case, so that
    /// `latest`, `attestor` and `debugger` are no match for `test` and `debug`. A digest changes nothing: it pins what
    /// its maker calls unfinished.
    ///
    /// ## Why
    /// Such images come from a laptop or a branch. Nobody has reviewed or tested what is in them, many have a shell and
    /// tools that the finished image leaves out, and the next push of the same branch takes their tag. They run because
    /// the fix for an incident was tried out in place, and worked.
    ///
    /// ## Fix
    /// Build the image from the main line, and name that version.
    ///
    /// ## Exceptions
    /// Clusters in which work in progress is what runs, by a rule for their namespaces. Images whose makers ship
    /// variants of that name, such as `:debug` of distroless images, by a rule for these images.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "registry.example/web:v1.2.3-wip" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "registry.example/web:v1.2.3" }]
    /// ```
    pub(super) WorkInProgressImageTag = {
        code: "IMG15",
        since: "0.1.0",
        severity: Medium,
        on: Image,
        yields_to: ["IMG04" in Field],
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
        let words = ["debug", "dirty", "hack", "local", "scratch", "snapshot", "temp", "test", "tmp", "wip"];
        Self { words: words.map(str::to_owned).into() }
    }
}

impl Check for WorkInProgressImageTag {
    type Params = Params;

    fn check(params: &Params, image: &Image<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(tag) = image.reference.tag else { return };
        if let Some(word) = find_phrase(tag, &params.words) {
            let (tag, word) = (shown(tag), shown(word));
            out.report(image.text, format_args!("tag `{tag}` says that the image is unfinished (`{word}`)"));
        }
    }
}
