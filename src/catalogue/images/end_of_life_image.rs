//! `IMG11 end-of-life-image`: an image must be of a program that somebody still mends.

use super::naming::ImagePattern;
use crate::object::pod::Image;
use crate::policy::prelude::*;

policy! {
    /// An image is of a program, or of a version of it, that gets no fixes any more.
    ///
    /// The versions of a list are compared number by number, as far as the tag has them: `3.9-slim` and `v3.9.2` are
    /// below `3.10`, `3` may be and passes, and so does a tag that does not begin with a number. The list that comes
    /// along is a beginning, and grows old: keep your own.
    ///
    /// ## Why
    /// The next hole that is found in it stays open. What is exposed to the network, as the Ingress controller of
    /// Kubernetes that was given up in March 2026, is found by scanners within days.
    ///
    /// ## Fix
    /// Move to a version, or to a successor, that its makers still support.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: tiller, image: "ghcr.io/helm/tiller:v2.17.0" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "python:3.13.1" }]
    /// ```
    pub(super) EndOfLifeImage = {
        code: "IMG11",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Image,
        equivalents: [
            "kyverno:check-ingress-nginx-controller-version-and-annotation-policy",
            "kyverno:disallow-helm-tiller", "trivy:KSV-0102", "kubescape:C-0081", "kubescape:C-0090",
            "kubescape:C-0091", "kubescape:C-0292",
        ],
        references: [
            "https://endoflife.date/",
            "https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// What is out of support, as repositories (`images`) and the first version of them that is not (`below`), if
    /// there is one; the first that names an image counts.
    images: Vec<OutOfSupport>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OutOfSupport {
    /// The repositories.
    images: ImagePattern,
    /// The first version that is still supported, such as `3.10`; none is, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<String>,
}

impl Default for Params {
    fn default() -> Self {
        const LIST: [(&str, Option<&str>); 12] = [
            ("*/*tiller*", None),
            ("*/*ingress-nginx/*", None),
            ("quay.io/kubernetes-ingress-controller/*", None),
            ("centos", None),
            ("openjdk", None),
            ("node", Some("20")),
            ("postgres", Some("14")),
            ("python", Some("3.10")),
            ("quay.io/argoproj/argocd", Some("3.0")),
            ("argoproj/argocd", None),
            ("grafana/grafana", Some("11")),
            ("*/kyverno/kyverno", Some("1.12")),
        ];
        let images = LIST.into_iter().filter_map(|(images, below)| {
            Some(OutOfSupport { images: ImagePattern::new(images)?, below: below.map(str::to_owned) })
        });
        Self { images: images.collect() }
    }
}

impl Check for EndOfLifeImage {
    type Params = Params;

    fn check(params: &Params, image: &Image<'_>, _: &Context<'_>, out: &mut Findings) {
        let entry = params.images.iter().find(|entry| entry.images.matches(&image.reference));
        let Some(OutOfSupport { below, .. }) = entry else { return };
        let text = shown(&image.text);
        match below {
            None => {
                out.report(image.text, format_args!("image `{text}` is out of support, in every version"));
            }
            Some(below) if image.reference.tag.is_some_and(|tag| is_below(tag, below)) => {
                let below = shown_within(below, 12);
                out.report(
                    image.text,
                    format_args!("image `{text}` is out of support, as all below `{below}`"),
                );
            }
            Some(_) => {}
        }
    }
}

/// Whether a version is certainly below another one: as far as both have numbers.
fn is_below(tag: &str, version: &str) -> bool {
    let ordering = numbers(tag).zip(numbers(version)).map(|(a, b)| a.cmp(&b)).find(|it| it.is_ne());
    ordering.is_some_and(std::cmp::Ordering::is_lt)
}

/// The numbers at the beginning of a version: 3, 9, 2 of `v3.9.2-slim`.
fn numbers(version: &str) -> impl Iterator<Item = u32> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let end = version.find(|char: char| char != '.' && !char.is_ascii_digit()).unwrap_or(version.len());
    version[..end].split('.').map_while(|number| number.parse().ok())
}
