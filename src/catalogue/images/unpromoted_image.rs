//! `IMG12 unpromoted-image`: production must run what staging has run.

use crate::object::image::ImageReference;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A workload has an image that the workload of the same kind and name in the staging namespace does not have.
    ///
    /// Repository and digest have to be the same, or the tags where one of the two has no digest. Turn it on by a rule for
    /// production, one for each pair of namespaces; without `stagingNamespace` nothing is looked at. Staging has to be in the
    /// same cluster.
    ///
    /// ## Why
    /// A version that nobody has tried goes out by mistake: a tag was changed in the wrong file, or a fix went past staging in
    /// a hurry. What staging has approved and what customers get are then two different programs.
    ///
    /// ## Fix
    /// Roll the image out to staging first.
    ///
    /// ## Exceptions
    /// A rollback to a version that staging no longer runs.
    ///
    /// ## Denied
    /// ```yaml
    /// # params: { stagingNamespace: staging }
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { containers: [{ name: web, image: "web:1.5.0" }] } } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: staging }
    /// spec: { template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// # params: { stagingNamespace: staging }
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { containers: [{ name: web, image: "web:1.5.0" }] } } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: staging }
    /// spec: { template: { spec: { containers: [{ name: web, image: "web:1.5.0" }] } } }
    /// ```
    pub(super) UnpromotedImage = {
        code: "IMG12",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Pod,
        kinds: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        needs: Facts,
        equivalents: ["kyverno:ensure-production-matches-staging"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The namespace in which images are tried.
    staging_namespace: String,
}

impl Check for UnpromotedImage {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let (staging, subject) = (params.staging_namespace.as_str(), context.subject);
        let (Some(kind), Some(name)) = (subject.kind(), subject.name) else { return };
        if staging.is_empty() || subject.namespace == Some(staging) {
            return;
        }
        let Some(tried) = out.known(context.facts.named(kind, Some(staging), name)) else { return };
        let tried = tried.and_then(|tried| Pod::of(kind, tried));
        let is_tried = |image: &ImageReference<'_>| {
            tried.iter().flat_map(|tried| &tried.images).any(|it| is_same(&it.reference, image))
        };
        for image in pod.images.iter().filter(|image| !is_tried(&image.reference)) {
            let [name, staging] = [name, staging].map(|name| shown_within(name, 20));
            let (kind, text) = (kind.name, shown(&image.text));
            let message = match tried {
                Some(_) => format!("{kind} `{name}` in `{staging}` does not have `{text}`"),
                None => format!("`{staging}` has no {kind} `{name}` that has tried `{text}`"),
            };
            out.report(image.text, message);
        }
    }
}

fn is_same(one: &ImageReference<'_>, other: &ImageReference<'_>) -> bool {
    let is_version = match (one.digest, other.digest) {
        (Some(one), Some(other)) => one == other,
        _ => one.tag.unwrap_or("latest") == other.tag.unwrap_or("latest"),
    };
    is_version && one.repository().to_string() == other.repository().to_string()
}
