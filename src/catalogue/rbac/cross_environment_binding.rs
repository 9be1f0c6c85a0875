//! `RBA16 cross-environment-binding`: what runs in development must not reach production.

use crate::object::rbac::RoleBinding;
use crate::policy::prelude::*;

policy! {
    /// A RoleBinding gives rights in a namespace to a ServiceAccount from a namespace of another environment.
    ///
    /// Off unless it is selected: environments are told by a label of the Namespace, where that is known, or else by a
    /// part of its name, such as `prod` of `shop-prod`, and not everybody names them so. A namespace that tells none passes.
    ///
    /// ## Why
    /// Many may change what runs in development, and nobody reviews it there. A binding across environments makes
    /// all of them administrators of production, and a test that was meant for one database empties the other.
    ///
    /// ## Fix
    /// Bind an account of the same environment; deliver to production by a pipeline of its own.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: { name: deployer, namespace: shop-prod }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit }
    /// subjects: [{ kind: ServiceAccount, name: runner, namespace: shop-dev }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: { name: deployer, namespace: shop-prod }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit }
    /// subjects: [{ kind: ServiceAccount, name: runner, namespace: ci-prod }]
    /// ```
    pub(super) CrossEnvironmentBinding = {
        code: "RBA16",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: RoleBinding,
        kinds: &[&kinds::ROLE_BINDING],
        reads: &[&kinds::NAMESPACE],
        yields_to: ["RBA07" in Field],
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// The environments, each with the words for it that stand in labels, or between hyphens in names of namespaces.
    environments: Vec<Vec<String>>,
    /// Key of the label of Namespaces that names their environment; one that is not among the words is one of its own.
    label: String,
}

impl Default for Params {
    fn default() -> Self {
        let known: [&[&str]; 4] = [
            &["prod", "production", "live"],
            &["staging", "stage", "preprod", "uat"],
            &["test", "testing", "qa"],
            &["dev", "development", "sandbox"],
        ];
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self { environments: known.map(owned).into(), label: "environment".to_owned() }
    }
}

impl Check for CrossEnvironmentBinding {
    type Params = Params;

    fn check(params: &Params, binding: RoleBinding<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(here) = context.subject.namespace else { return };
        let Some(own) = params.environment(here, context) else { return };
        for subject in binding.subjects().iter().filter(|subject| *subject.kind() == "ServiceAccount") {
            let there = subject.namespace();
            if params.environment(*there, context).is_some_and(|other| other != own) {
                let (here, there) = (shown_within(here, 30), shown_within(&there, 30));
                out.report(subject, format_args!("gives rights in `{here}` to an account of `{there}`"));
            }
        }
    }
}

impl Params {
    /// Which environment a namespace is of: by its label, or by the first word of its name that tells.
    fn environment<'a>(&'a self, namespace: &'a str, context: &Context<'a>) -> Option<&'a str> {
        let label = context.facts.namespace(namespace).ok().and_then(|it| it.label(&self.label));
        match label {
            Some(label) => Some(self.first_word(*label).unwrap_or(*label)),
            None => namespace.split('-').find_map(|part| self.first_word(part)),
        }
    }

    /// The first of the words for the environment that this word stands for.
    fn first_word(&self, word: &str) -> Option<&str> {
        let environment = self.environments.iter().find(|words| words.iter().any(|it| it == word))?;
        environment.first().map(String::as_str)
    }
}
