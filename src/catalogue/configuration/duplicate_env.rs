//! `CFG14 duplicate-env`: of two variables of one name only one is there.

use std::collections::HashSet;

use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// A container has two environment variables of one name.
    ///
    /// A later one that builds on the earlier (`PATH: /opt/bin:$(PATH)`) passes.
    ///
    /// ## Why
    /// The last one counts, and whoever changes the first wonders why nothing happens. An update by `kubectl apply`
    /// makes it worse: it merges the list by name, and either of them may be lost.
    ///
    /// ## Fix
    /// Remove the one that is not meant.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", env: [{ name: PORT, value: "80" }, { name: PORT, value: "8080" }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", env: [{ name: PORT, value: "80" }, { name: HOST, value: web }] }]
    /// ```
    pub(super) DuplicateEnv = {
        code: "CFG14",
        since: "0.1.0",
        severity: Low,
        on: PodContainer,
        equivalents: [
            "kube-linter:duplicate-env-var", "kube-score:environment-variable-key-duplication", "kubescape:C-0295",
        ],
        references: ["https://github.com/kubernetes/kubernetes/issues/58477"],
    }
}

impl Check for DuplicateEnv {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        let variables = container.variables();
        let mut names: Vec<&str> = variables.clone().filter_map(|it| it.name()).map(|name| *name).collect();
        // Most names differ in length, and those of one application begin alike.
        names.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        // Hardly any container has one.
        if names.array_windows().all(|[name, next]| name != next) {
            return;
        }
        let mut seen = HashSet::new();
        for variable in variables {
            let Some(name) = variable.name() else { continue };
            let builds_on_earlier = || variable.value().is_some_and(|value| refers_to(&value, &name));
            if !seen.insert(*name) && !builds_on_earlier() {
                out.report(
                    name,
                    format_args!("variable `{}` is there twice, the last one counts", shown(&name)),
                );
            }
        }
    }
}

/// Whether a value has `$(NAME)` in it.
fn refers_to(value: &str, name: &str) -> bool {
    let references = value.split("$(").skip(1).filter_map(|rest| rest.split_once(')'));
    references.into_iter().any(|(referred, _)| referred == name)
}
