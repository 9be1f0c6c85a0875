//! `CFG20 credential-like-env`: what looks like a password in a manifest probably is one.

use super::credential::{name, value};
use crate::object::environment::Variable;
use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// An environment variable has a name that speaks of a credential, and a value that may be one.
    ///
    /// The name has a word such as `TOKEN`, `AUTH` or `SECRET`, and does not end in one that makes it something else
    /// (`TOKEN_EXPIRY`, `SECRET_NAME`, `AUTH_URL`). The value looks drawn at random, or like a password that somebody
    /// made up: one word of letters and digits. What may be the name of a Secret passes, and so do ordinary words,
    /// references, paths, switches and what is to be filled in.
    ///
    /// ## Why
    /// Manifests are kept in Git, shown by `kubectl get`, and read by everyone who may read workloads. Names that do
    /// not quite say so are how credentials get there unnoticed.
    ///
    /// ## Fix
    /// Put the credential into a Secret, refer to it with `valueFrom.secretKeyRef`, and change it: it is known.
    ///
    /// ## Exceptions
    /// What is no secret, such as the id of a site that is public, can keep its name with an exception for the
    /// container.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", env: [{ name: SESSION_SECRET, value: Tr0ub4dor3x7Qw9Lm2Vb }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", env: [{ name: TLS_SECRET, value: web-certificate }] }]
    /// ```
    pub(super) CredentialLikeEnv = {
        code: "CFG20",
        since: "0.1.0",
        severity: Medium,
        on: PodContainer,
        yields_to: ["CFG01" in Field],
        equivalents: ["polaris:sensitiveContainerEnvVar", "kube-linter:env-var-secret", "kubescape:C-0012"],
        references: ["https://kubernetes.io/docs/concepts/security/secrets-good-practices/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Words in names of variables that speak of a credential. Case does not count; words end at `_`, `-`, `.` and
    /// before a capital letter within.
    words: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { words: name::LOOSE.map(str::to_owned).into() }
    }
}

impl Check for CredentialLikeEnv {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        for (name, value) in container.variables().filter_map(Variable::written) {
            // What costs least comes first: most values are neither.
            let may_be_one = value::is_made_up(&value) || value::is_random(&value);
            if may_be_one && name::has_word(&name, &params.words) && value::is_literal(&value) {
                out.report(
                    value,
                    format_args!("variable `{}` has a value that looks like a credential", shown(&name)),
                );
            }
        }
    }
}
