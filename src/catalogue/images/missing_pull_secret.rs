//! `IMG09 missing-pull-secret`: a Pod must be able to pull its images.

use super::naming::ImagePattern;
use crate::object::View as _;
use crate::object::pod::Pod;
use crate::object::pod_spec::PullSecretReference;
use crate::object::rbac::ServiceAccount;
use crate::policy::prelude::*;

policy! {
    /// A Pod has an image from a registry that wants credentials, and no pull secret.
    ///
    /// The API server copies the pull secrets of the ServiceAccount into Pods when it makes them. A template, or a Pod in a
    /// file, is judged with its ServiceAccount, and passes where that is not there to be seen. Nodes may have credentials of
    /// their own, from their cloud or in a file: leave registries out for which yours have.
    ///
    /// ## Why
    /// The node is refused, and the Pod waits in `ImagePullBackOff`. It shows late: Pods start on nodes that have the
    /// image from somebody else, and stop to do so when a node is replaced or a new one comes up under load.
    ///
    /// ## Fix
    /// Name the Secret in `imagePullSecrets` of the ServiceAccount, or of the Pod template.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: { name: web, uid: 5a0c1a6c-7f5e-4f7e-9d3a-0f7f3c1e2b4d }
    /// spec: { containers: [{ name: web, image: "registry.redhat.io/ubi9/nginx-124:1-45" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: { name: web, uid: 5a0c1a6c-7f5e-4f7e-9d3a-0f7f3c1e2b4d }
    /// spec:
    ///   imagePullSecrets: [{ name: redhat }]
    ///   containers: [{ name: web, image: "registry.redhat.io/ubi9/nginx-124:1-45" }]
    /// ```
    pub(super) MissingPullSecret = {
        code: "IMG09",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Pod,
        needs: Facts,
        reads: &[&kinds::SERVICE_ACCOUNT],
        equivalents: ["kyverno:require-imagepullsecrets"],
        references: [
            "https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Registries, paths and repositories that serve nobody without credentials.
    private_registries: Vec<ImagePattern>,
}

impl Default for Params {
    fn default() -> Self {
        let private = ["cp.icr.io", "dhi.io", "registry.redhat.io"];
        Self { private_registries: private.into_iter().filter_map(ImagePattern::new).collect() }
    }
}

impl Check for MissingPullSecret {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        if pod.spec.image_pull_secrets().iter().any(is_named) {
            return;
        }
        let mut private = pod.images.iter().filter(|image| {
            params.private_registries.iter().any(|pattern| pattern.matches(&image.reference))
        });
        let Some(image) = private.next() else { return };
        if !pod.is_made() {
            let name = pod.spec.account().map_or("default", |name| *name);
            let account = context.facts.named(&kinds::SERVICE_ACCOUNT, context.subject.namespace, name);
            let account = out.known(account).flatten();
            let Some(account) = account.and_then(|it| ServiceAccount::view(it.node())) else { return };
            if account.image_pull_secrets().iter().any(is_named) {
                return;
            }
        }
        let (place, text) = (pod.spec.missing("imagePullSecrets"), shown(&image.text));
        out.report(place, format_args!("no pull secret for `{text}`, whose registry wants credentials"));
    }
}

fn is_named(secret: PullSecretReference<'_>) -> bool {
    !secret.name().is_empty()
}
