//! `CFG10 build-secret`: what builds need does not belong beside what runs.

use crate::object::Text;
use crate::object::configuration::Secret;
use crate::object::pod::PodContainer;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// A credential of a build is kept in the cluster, or given to a workload there.
    ///
    /// Its name tells: that of a Secret, of one of its keys, or of a variable with a value (`.npmrc`, `settings.xml`,
    /// `GITHUB_TOKEN`). Pull secrets are no build secrets: those of type `kubernetes.io/dockerconfigjson` pass. Which
    /// namespaces build is for a rule to say.
    ///
    /// ## Why
    /// A credential that may publish packages or push code is worth more than any that a running application needs.
    /// Whoever breaks into the application takes it along, and then it is not one application that is lost but what
    /// all others are built from.
    ///
    /// ## Fix
    /// Keep it where the build runs, and leave it out of the image and of the namespace of the application.
    ///
    /// ## Exceptions
    /// Namespaces in which pipelines run, and programs that call the API of GitHub or GitLab as their work.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: { name: web }
    /// data: { .npmrc: "Ly8=" }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// type: kubernetes.io/dockerconfigjson
    /// metadata: { name: nexus-pull }
    /// data: { .dockerconfigjson: e30= }
    /// ```
    pub(super) BuildSecret = {
        code: "CFG10",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::SECRET),
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for names of Secrets, of their keys and of variables.
    patterns: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            patterns: Patterns::of_default(&[
                r"(?i)(^|[._-])npmrc($|[._-])",
                r"(?i)(^|[._-])pypirc($|[._-])",
                r"(?i)^(maven-)?settings(-security)?\.xml$",
                r"(?i)(^|[._-])(artifactory|nexus)($|[._-])",
                r"(?i)^(github|gitlab|gh|ci|ci_job|npm|node_auth|pypi|sonar|codecov)[._-]?token$",
                r"(?i)^(twine|maven|gradle|nuget|cargo_registry)[._-](password|token|api_key)$",
            ]),
        }
    }
}

impl Check for BuildSecret {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        if let Some(secret) = subject.lens::<Secret<'static>>() {
            params.check_secret(secret, out);
        }
        let Some(pod) = subject.pod() else { return };
        for variable in pod.containers.iter().flat_map(PodContainer::variables) {
            let has_value = variable.value().is_some_and(|value| !value.is_empty());
            if has_value || variable.value_from().is_some_and(|from| from.secret_key_ref().is_some()) {
                params.check(variable.name(), "variable", out);
            }
        }
        for reference in pod.containers.iter().flat_map(PodContainer::env_references) {
            params.check(Some(reference.name), reference.source.as_str(), out);
        }
        for (name, keys) in pod.spec.mounted_secrets() {
            params.check(Some(name), "Secret", out);
            keys.for_each(|key| params.check(Some(key), "key", out));
        }
    }
}

impl Params {
    fn check_secret(&self, secret: Secret<'_>, out: &mut Findings) {
        if secret.is_bookkeeping() || secret.type_name().starts_with("kubernetes.io/dockerc") {
            return;
        }
        self.check(secret.metadata().and_then(|metadata| metadata.name()), "Secret", out);
        secret.keys().for_each(|key| self.check(Some(key), "key", out));
    }

    fn check(&self, name: Option<Text<'_>>, what: &str, out: &mut Findings) {
        if let Some(name) = name.filter(|name| self.patterns.is_match(name)) {
            out.report(name, format_args!("{what} `{}` sounds like a credential of a build", shown(&name)));
        }
    }
}
