//! `CFG01 credential-in-env`: a manifest must not contain a password.

use crate::object::pod::PodContainer;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// An environment variable has a credential as its value.
    ///
    /// Its name tells (`DB_PASSWORD`, `AWS_SECRET_ACCESS_KEY`), or its value does: private keys, tokens of well-known
    /// services, URLs and connection strings with a password. Behind a telling name these values pass: none, a
    /// reference (`$(OTHER)`, `vault:…`), a path, a switch, a number of up to three digits, and what stands for
    /// something to be filled in (`<password>`). Names that merely contain such a word are left to
    /// `credential-like-env`.
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
    names: Vec<String>,
    /// Regular expressions for values that are, or contain, a credential.
    values: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        let names = [
            "PASSWORD",
            "PASSWD",
            "PASSPHRASE",
            "_PWD",
            "APIKEY",
            "API_KEY",
            "PRIVATE_KEY",
            "ACCESS_KEY",
            "SECRET_KEY",
            "ENCRYPTION_KEY",
            "SIGNING_KEY",
            "CLIENT_SECRET",
        ];
        Self {
            names: names.map(str::to_owned).into(),
            values: Patterns::of_default(&[
                r"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY",
                // Amazon, GitHub, Slack, Google.
                r"(^|[^A-Za-z0-9])(AKIA|ASIA)[A-Z0-9]{16}($|[^A-Za-z0-9])",
                r"(^|[^A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50})",
                r"(^|[^A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10}",
                r"(^|[^A-Za-z0-9])AIza[A-Za-z0-9_-]{35}",
                // A JSON Web Token: two parts of it are JSON objects.
                r"(^|[^A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
                // A URL and a connection string with a password that is written out.
                r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@]*:[^\s/?#@$<{][^\s/?#@]*@",
                r"(?i)(^|;)\s*(password|pwd|accountkey|sharedaccesskey)\s*=\s*[^;\s$<{]",
            ]),
        }
    }
}

impl Check for CredentialInEnv {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        for variable in container.env().iter() {
            let (Some(name), Some(value)) = (variable.name(), variable.value()) else { continue };
            // Messages name the variable and never show its value.
            let shown = shown(&name);
            if params.values.is_match(&value) {
                out.report(value, format!("variable `{shown}` has a value that is or contains a credential"));
            } else if params.is_telling(&name) && is_literal(&value) {
                out.report(value, format!("variable `{shown}` has a credential as its value"));
            }
        }
    }
}

impl Params {
    fn is_telling(&self, name: &str) -> bool {
        let mut upper = String::with_capacity(name.len() + 4);
        let mut before = '_';
        for char in name.chars() {
            if char.is_ascii_uppercase() && before.is_ascii_lowercase() {
                upper.push('_');
            }
            upper.push(if matches!(char, '-' | '.') { '_' } else { char.to_ascii_uppercase() });
            before = char;
        }
        self.names.iter().any(|ending| upper.ends_with(ending.as_str()))
    }
}

/// Whether a value behind a telling name is the credential itself, and not a reference to one or a setting.
fn is_literal(value: &str) -> bool {
    const REFERENCES: [&str; 8] = ["vault:", ">>vault:", "op://", "ref+", "arn:", "file:", "./", "/"];
    const SWITCHES: [&str; 10] =
        ["true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled"];
    let value = value.trim();
    let is_reference =
        value.contains("$(") || value.contains("${") || REFERENCES.iter().any(|it| value.starts_with(it));
    let is_blank =
        value.is_empty() || value.starts_with('<') && value.ends_with('>') || value.starts_with("{{");
    let is_switch = SWITCHES.iter().any(|it| value.eq_ignore_ascii_case(it));
    let is_small_number = value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_digit());
    !(is_reference || is_blank || is_switch || is_small_number)
}
