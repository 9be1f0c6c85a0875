//! `IMG08 mismatched-pull-policy`: when an image is pulled must fit what its name says.

use crate::object::pod::{Image, Pod, PodContainer};
use crate::policy::prelude::*;

policy! {
    /// The pull policy of a container does not fit its image, by the demands that are chosen.
    ///
    /// Good sources demand the opposite of each other here, so the demands are a parameter. Without `imagePullPolicy`,
    /// the policy is what the API server fills in: `Always` for `latest` or no tag, else `IfNotPresent`. An image with a
    /// digest is the same wherever it comes from; it passes all demands but `notNever`.
    ///
    /// ## Why
    /// With `IfNotPresent`, a node keeps the `latest` that it pulled first, for as long as it lives: Pods of one
    /// Deployment differ by their node. With `Always`, they differ by the minute in which they started, and none starts
    /// while the registry is down. With `Never`, a Pod starts only where somebody has put the image.
    ///
    /// ## Fix
    /// Name the image by its digest, with `IfNotPresent`; or set the pull policy that is demanded.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:latest", imagePullPolicy: IfNotPresent }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", imagePullPolicy: IfNotPresent }]
    /// ```
    pub(super) MismatchedPullPolicy = {
        code: "IMG08",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        yields_to: ["IMG01" in Container],
        equivalents: [
            "polaris:pullPolicyNotAlways", "kube-score:container-image-pull-policy",
            "kyverno:imagepullpolicy-always", "kubescape:C-0075",
        ],
        references: ["https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// What is demanded: `alwaysForLatest`, `alwaysForTags`, `notAlwaysForTags`, `notNever`.
    demands: Vec<Demand>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "camelCase")]
enum Demand {
    /// Images with the tag `latest`, or none, are always pulled.
    AlwaysForLatest,
    /// All images without a digest are always pulled, so that a tag means the same on every node.
    AlwaysForTags,
    /// No image without a digest is always pulled, so that a restart does not bring another one.
    NotAlwaysForTags,
    /// All images may be pulled.
    NotNever,
}

impl Default for Params {
    fn default() -> Self {
        Self { demands: vec![Demand::AlwaysForLatest] }
    }
}

impl Check for MismatchedPullPolicy {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        // The API accepts templates without an image; a tool fills it in later, and the pull policy with it.
        for (container, image) in pod.with_images().filter(|(_, image)| !image.text.is_empty()) {
            let policy = pull_policy(container, image);
            if let Some(demand) = params.demands.iter().find(|demand| !demand.is_met(policy, image)) {
                let place = container.missing("imagePullPolicy");
                let text = shown(&image.text);
                out.report(
                    place,
                    format_args!("`{text}` is {} pulled: {}", how_often(policy), demand.reason()),
                );
            }
        }
    }
}

/// The pull policy as the API server fills it in. It looks at the tag, also of an image that has a digest.
fn pull_policy<'t>(container: &PodContainer<'t>, image: &Image<'_>) -> &'t str {
    let supplied = if is_latest(image) { "Always" } else { "IfNotPresent" };
    container.image_pull_policy().filter(|policy| !policy.is_empty()).map_or(supplied, |policy| *policy)
}

fn is_latest(image: &Image<'_>) -> bool {
    image.reference.tag.map_or(image.reference.digest.is_none(), |tag| tag == "latest")
}

fn how_often(policy: &str) -> &'static str {
    match policy {
        "Always" => "always",
        "Never" => "never",
        _ => "not always",
    }
}

impl Demand {
    fn is_met(self, policy: &str, image: &Image<'_>) -> bool {
        let is_pinned = image.reference.digest.is_some();
        match self {
            Self::AlwaysForLatest => is_pinned || !is_latest(image) || policy == "Always",
            Self::AlwaysForTags => is_pinned || policy == "Always",
            Self::NotAlwaysForTags => is_pinned || policy != "Always",
            Self::NotNever => policy != "Never",
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::AlwaysForLatest | Self::AlwaysForTags => "nodes keep what they pulled first",
            Self::NotAlwaysForTags => "a restart may bring another image",
            Self::NotNever => "Pods start only on nodes that have it",
        }
    }
}
