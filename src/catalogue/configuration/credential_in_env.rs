//! `CFG01 credential-in-env`: a manifest must not contain a password.

use super::credential::name::Endings;
use super::credential::{self, value};
use crate::object::environment::Variable;
use crate::object::pod::PodContainer;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// An environment variable has a credential as its value.
    ///
    /// Its name tells (`DB_PASSWORD`, `AWS_SECRET_ACCESS_KEY`), or its value does: private keys, tokens of well-known
    /// services, URLs and connection strings with a password. Behind a telling name these values pass: none, a
    /// reference (`$(OTHER)`, `vault:…`, an ARN), a path, a URL without a password, a switch, a number of up to three
    /// digits, what is encrypted, and what stands for something to be filled in (`<password>`, `xxxx`). Names that
    /// merely contain such a word are left to `credential-like-env`.
    ///
    /// ## Why
    /// Manifests are kept in Git, shown by `kubectl get`, and read by everyone who may read workloads. A
    /// credential in one of them is known to all of these, for ever, and cannot be changed without a rollout.
    ///
    /// ## Fix
    /// Put the credential into a Secret, refer to it with `valueFrom.secretKeyRef`, and change it: it is known.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", env: [{ name: DB_PASSWORD, value: hunter2 }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     env: [{ name: DB_PASSWORD, valueFrom: { secretKeyRef: { name: db, key: password } } }]
    /// ```
    pub(super) CredentialInEnv = {
        code: "CFG01",
        since: "0.1.0",
        severity: High,
        on: PodContainer,
        equivalents: [
            "polaris:sensitiveContainerEnvVar", "kube-linter:env-var-secret", "kubescape:C-0012",
            "kubescape:C-0259",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/secrets-good-practices/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How names of variables with a credential end. Case does not count, and `-`, `.` and a capital letter
    /// within a word count as `_`.
    names: Endings,
    /// Regular expressions for values that are, or contain, a credential of the organisation's own making.
    values: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        Self { names: Endings::default(), values: Patterns::none() }
    }
}

impl Check for CredentialInEnv {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        for (name, value) in container.variables().filter_map(Variable::written) {
            // Messages name the variable and never show its value.
            let shown = shown(&name);
            if let Some(found) = credential::find(&value) {
                out.report(value, format_args!("variable `{shown}` has {} in its value", found.what));
            } else if params.values.is_match(&value) {
                out.report(
                    value,
                    format_args!("variable `{shown}` has a value that is or contains a credential"),
                );
            } else if params.names.end(&name) && value::is_literal(&value) {
                out.report(value, format_args!("variable `{shown}` has a credential as its value"));
            }
        }
    }
}
