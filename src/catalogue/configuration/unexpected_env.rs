//! `CFG15 unexpected-env`: some variables must be there, and some must not.

use crate::object::pod::{PodContainer, Role};
use crate::policy::prelude::*;

policy! {
    /// A container has an environment variable that is forbidden, or lacks one that is required.
    ///
    /// By default those are forbidden that switch off the verification of certificates. A rule without `values` is
    /// about the variable whatever its value. What is required counts for app containers and sidecars, and a value from
    /// a Secret or a ConfigMap is taken to be the right one; what is forbidden counts for all.
    ///
    /// ## Why
    /// One variable can undo what the rest of a manifest takes care of: with `NODE_TLS_REJECT_UNAUTHORIZED=0`, set for
    /// an afternoon to get past an expired certificate, every connection of the program trusts whoever answers, for
    /// good.
    ///
    /// ## Fix
    /// Remove the variable, or set it to what the message asks for; trust a certificate of your own by its CA.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     env: [{ name: NODE_TLS_REJECT_UNAUTHORIZED, value: "0" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     env: [{ name: NODE_EXTRA_CA_CERTS, value: /etc/ca/ca.crt }]
    /// ```
    pub(super) UnexpectedEnv = {
        code: "CFG15",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: PodContainer,
        equivalents: ["kyverno:check-env-vars"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Variables that must not be there.
    forbidden: Vec<Variable>,
    /// Variables that must be there.
    required: Vec<Variable>,
}

/// A variable, with any value or with one of some.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
struct Variable {
    /// Its name, to the letter.
    name: String,
    /// Its values; any, if there is none.
    #[serde(default)]
    values: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let forbidden = [
            ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"][..]),
            ("PYTHONHTTPSVERIFY", &["0"]),
            ("GIT_SSL_NO_VERIFY", &["1", "true"]),
            ("HELM_INSECURE_SKIP_TLS_VERIFY", &["1", "true"]),
            ("VAULT_SKIP_VERIFY", &["1", "true"]),
        ];
        let forbidden = forbidden.map(|(name, values)| Variable {
            name: name.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        });
        Self { forbidden: forbidden.into(), required: Vec::new() }
    }
}

impl Check for UnexpectedEnv {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        for variable in container.variables() {
            let Some(name) = variable.name() else { continue };
            // One without a value is empty, unless it comes from elsewhere.
            let value =
                || variable.value().map(|value| *value).or(variable.value_from().is_none().then_some(""));
            if params.forbidden.iter().any(|it| it.name == *name && it.forbids(value())) {
                out.report(
                    variable,
                    format_args!("variable `{}` is forbidden, or has a value that is", shown(&name)),
                );
            }
        }
        if !matches!(container.role, Role::App | Role::Sidecar) {
            return;
        }
        for wanted in &params.required {
            // The last one of a name counts.
            let mut last_first = container.variables().rev();
            let own = last_first.find(|it| it.name().is_some_and(|name| *name == wanted.name));
            let shown = shown(&wanted.name);
            match own {
                None => {
                    out.report(container.missing("env"), format_args!("variable `{shown}` is missing"));
                }
                Some(own)
                    if own.value_from().is_none() && !wanted.accepts(own.value().map_or("", |it| *it)) =>
                {
                    out.report(own, format_args!("variable `{shown}` has not the value that it must have"));
                }
                Some(_) => {}
            }
        }
    }
}

impl Variable {
    /// Whether a value is one that must not be; one that is not known is forbidden only if all are.
    fn forbids(&self, value: Option<&str>) -> bool {
        self.values.is_empty() || value.is_some_and(|value| self.values.iter().any(|it| it == value))
    }

    fn accepts(&self, value: &str) -> bool {
        self.values.is_empty() || self.values.iter().any(|it| it == value)
    }
}
