//! `CFG07 hand-written-secret`: Secrets come from where secrets are kept.

use crate::object::configuration::Secret;
use crate::object::meta::Object;
use crate::policy::prelude::*;

policy! {
    /// A Secret has no owner that made it from a store of secrets.
    ///
    /// Of the types that are checked, a Secret with data has to have a controller of one of the kinds in `ownerKinds`.
    /// Service account tokens, bootstrap tokens, certificates and what Helm keeps of its releases are of other types;
    /// a Secret without data waits for whoever fills it in. Who may write Secrets without such an owner, an operator or
    /// a pipeline, is for a rule with `users` or `groups` to say.
    ///
    /// ## Why
    /// A Secret that somebody wrote came from somewhere: a file in Git, where base64 hides nothing, or a laptop. Nobody
    /// knows who else has it, it is in no store that rotates it, and after the loss of the cluster it cannot be made
    /// again.
    ///
    /// ## Fix
    /// Keep the value in the store of secrets, and commit an ExternalSecret or a SealedSecret that makes this one.
    ///
    /// ## Exceptions
    /// Operators write the Secrets of what they operate: name their service accounts in a rule that turns this off.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: { name: db }
    /// data: { password: aHVudGVyMg== }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    ///   ownerReferences:
    ///     - { apiVersion: external-secrets.io/v1, kind: ExternalSecret, name: db, uid: "1", controller: true }
    /// data: { password: aHVudGVyMg== }
    /// ```
    pub(super) HandWrittenSecret = {
        code: "CFG07",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Secret,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/security/secrets-good-practices/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Kinds of controllers that make Secrets from a store.
    owner_kinds: Vec<String>,
    /// Types of Secrets that need one.
    types: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let kinds =
            ["ExternalSecret", "SealedSecret", "SopsSecret", "VaultStaticSecret", "VaultDynamicSecret"];
        let types = [
            "Opaque",
            "kubernetes.io/basic-auth",
            "kubernetes.io/ssh-auth",
            "kubernetes.io/dockercfg",
            "kubernetes.io/dockerconfigjson",
        ];
        Self { owner_kinds: kinds.map(str::to_owned).into(), types: types.map(str::to_owned).into() }
    }
}

impl Check for HandWrittenSecret {
    type Params = Params;

    fn check(params: &Params, secret: Secret<'_>, _: &Context<'_>, out: &mut Findings) {
        let is_checked = params.types.iter().any(|it| it == secret.type_name());
        let owner = secret.object().and_then(Object::controller).and_then(|owner| owner.kind());
        let is_made = owner.is_some_and(|owner| params.owner_kinds.iter().any(|it| it == *owner));
        if is_checked && !is_made && secret.keys().next().is_some() {
            out.report(secret, "written by hand or by a tool that says nothing of a store of secrets");
        }
    }
}
