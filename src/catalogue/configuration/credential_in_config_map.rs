//! `CFG03 credential-in-config-map`: a ConfigMap must not contain a password.

use super::credential;
use crate::object::configuration::ConfigMap;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// A ConfigMap has a credential in its data.
    ///
    /// It is told by its form, also in the middle of a file: private keys, tokens of well-known services, URLs and
    /// connection strings with a password. Certificates and public keys pass, and so do templates and what stands for
    /// something to be filled in. Keys that merely sound like it are `credential-like-config-key`'s. `binaryData` is
    /// not looked at.
    ///
    /// ## Why
    /// Nearly everybody may read ConfigMaps: the default role `view` grants it, and leaves Secrets out for this very
    /// reason. ConfigMaps are kept in Git, printed by `kubectl describe`, and copied into tickets.
    ///
    /// ## Fix
    /// Put the credential into a Secret, mount it beside the file or refer to it from there, and change it: it is
    /// known.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: web }
    /// data:
    ///   app.properties: |
    ///     pool.size=10
    ///     url=postgres://app:hunter2@db:5432/shop
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: web }
    /// data:
    ///   app.properties: |
    ///     pool.size=10
    ///     url=postgres://app:${DB_PASSWORD}@db:5432/shop
    /// ```
    pub(super) CredentialInConfigMap = {
        code: "CFG03",
        since: "0.1.0",
        severity: High,
        on: ConfigMap,
        equivalents: ["polaris:sensitiveConfigmapContent", "trivy:KSV-0109", "kubescape:C-0012"],
        references: ["https://kubernetes.io/docs/concepts/configuration/configmap/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for values that are, or contain, a credential of the organisation's own making.
    values: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        Self { values: Patterns::none() }
    }
}

impl Check for CredentialInConfigMap {
    type Params = Params;

    fn check(params: &Params, map: ConfigMap<'_>, _: &Context<'_>, out: &mut Findings) {
        for (_, value) in map.data().iter() {
            if let Some(found) = credential::find(&value) {
                let message =
                    format_args!("has {} in line {}, where all may read it", found.what, found.line);
                out.report(value, message).magnitude(found.count);
            } else if params.values.is_match(&value) {
                out.report(value, "is or contains a credential, where all may read it");
            }
        }
    }
}
