//! `IMG05 environment-image-tag`: one image goes through all environments.

use super::naming::find_phrase;
use crate::object::pod::Image;
use crate::policy::prelude::*;

policy! {
    /// The tag of an image names an environment: `prod`, `1.4.2-staging`.
    ///
    /// The tag is taken apart at `-`, `_`, `.` and `+`, and whole words are compared without regard to case. So
    /// `1.2.3-dev.4` is found too: a build of a development line is not for production, however it is numbered. The
    /// names of repositories are looked at only where `part` says so, because a program may be called `prod-reports`. A
    /// digest changes nothing.
    ///
    /// ## Why
    /// An image that is built for an environment has its settings in it, and often its passwords. What was tested in
    /// staging is then not what runs in production, only something built from the same sources; and a tag that is moved
    /// when an environment is promoted says nothing about which version runs.
    ///
    /// ## Fix
    /// Build one image, name it by its version, and give it the settings of the environment when it starts.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "registry.example/web:1.4.2-prod" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "registry.example/prod/web:1.4.2" }]
    /// ```
    pub(super) EnvironmentImageTag = {
        code: "IMG05",
        since: "0.1.0",
        severity: Low,
        on: Image,
        yields_to: ["IMG04" in Field, "IMG15" in Field],
        equivalents: [],
        references: ["https://12factor.net/config"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The names of environments. Words with a `-` stand for several in a row; a last `*` stands for any one word.
    words: Vec<String>,
    /// Where they must not stand: `tag`, `repository` (its last component) or `both`.
    part: Part,
}

/// A part of an image reference.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "camelCase")]
enum Part {
    /// The tag.
    Tag,
    /// The last component of the repository.
    Repository,
    /// Both.
    Both,
}

impl Default for Params {
    fn default() -> Self {
        let words = [
            "dev",
            "development",
            "live",
            "preprod",
            "prod",
            "production",
            "qa",
            "stage",
            "staging",
            "test",
            "uat",
        ];
        Self { words: words.map(str::to_owned).into(), part: Part::Tag }
    }
}

impl Check for EnvironmentImageTag {
    type Params = Params;

    fn check(params: &Params, image: &Image<'_>, _: &Context<'_>, out: &mut Findings) {
        let tag = image.reference.tag.filter(|_| params.part != Part::Repository).map(|tag| ("tag", tag));
        let name = Some(("repository", image.reference.basename())).filter(|_| params.part != Part::Tag);
        for (part, text) in tag.into_iter().chain(name) {
            if let Some(word) = find_phrase(text, &params.words) {
                let (text, word) = (shown(text), shown_within(word, 20));
                out.report(image.text, format_args!("{part} `{text}` names an environment: `{word}`"));
                return;
            }
        }
    }
}
