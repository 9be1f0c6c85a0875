//! What the section `workloads` means.

use super::meaning::{Meaning, below, element};
use super::raw;
use super::source::Source;
use crate::object::kinds;
use crate::object::workload::Workload;

impl Meaning {
    /// Takes in the custom resources that carry Pods.
    pub(super) fn workloads(&mut self, source: &Source, declared: Vec<Option<raw::Workload>>) {
        let mut workloads: Vec<Workload> = Vec::new();
        for (index, raw) in declared.into_iter().enumerate() {
            let Some(raw::Workload { group, version, kind, plural, pod_template }) = raw else { continue };
            let problem = if kinds::find(&group, &kind).is_some() {
                Some(format!("`{kind}.{group}` is known without being declared"))
            } else if workloads.iter().any(|it| it.group == group && it.kind == kind) {
                Some(format!("`{kind}.{group}` is declared twice"))
            } else {
                None
            };
            if let Some(message) = problem {
                let steps = below(&element("workloads", index), "kind");
                self.errors.push(source.error(&steps, false, message));
                continue;
            }
            let pod_template = pod_template.split('.').map(str::to_owned).collect();
            workloads.push(Workload { group, version, kind, plural, pod_template });
        }
        self.spec.workloads = workloads.into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{ConfigErrors, Loaded, Overrides, parse};

    const ROLLOUT: &str = "{ group: argoproj.io, version: v1alpha1, kind: Rollout, plural: rollouts, podTemplate: spec.template }";

    fn read(body: &str) -> Result<Loaded, ConfigErrors> {
        let text = format!("apiVersion: seawall.dev/v1\nkind: Configuration\n{body}");
        parse(&text, "seawall.yaml", &Overrides::default(), jiff::Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn declarations_are_read_in_their_order() {
        let other = ROLLOUT.replace("Rollout", "Web").replace("spec.template", "template");
        let loaded = read(&format!("workloads:\n  - {ROLLOUT}\n  - {other}\n")).unwrap();
        let workloads = loaded.config.table.workloads();
        let paths: Vec<_> =
            workloads.iter().map(|it| (it.kind.as_str(), it.pod_template.join("/"))).collect();
        assert_eq!(paths, [("Rollout", "spec/template".to_owned()), ("Web", "template".to_owned())]);
        let rollout = workloads.find("argoproj.io", "Rollout").unwrap();
        assert_eq!((rollout.version.as_str(), rollout.plural.as_str()), ("v1alpha1", "rollouts"));
        assert!(
            workloads.find("apps", "Rollout").is_none() && workloads.find("argoproj.io", "Other").is_none()
        );
        let without = read("").unwrap().config;
        assert!(without.table.workloads().iter().next().is_none());
        assert_ne!(without.digest, loaded.config.digest);
    }

    #[test]
    fn declarations_are_checked() {
        for (from, to, expected) in [
            (
                "argoproj.io",
                "Argo_Proj.io",
                "3:22: workloads[0].group: must be the group of a custom resource, such as `argoproj.io`",
            ),
            ("argoproj.io", "apps", "workloads[0].group: must be"),
            ("argoproj.io", "''", "workloads[0].group: must be"),
            ("v1alpha1", "1.0", "workloads[0].version: must be a string, not a number: put it in quotes"),
            ("v1alpha1", "v1.0", "3:44: workloads[0].version: must be a version such as `v1` or `v1alpha1`"),
            ("v1alpha1", "latest", "workloads[0].version: must be"),
            ("Rollout,", "rollout,", "workloads[0].kind: must be a kind such as `Rollout`"),
            ("kind: Rollout,", "", "3:13: workloads[0]: `kind` is missing"),
            ("rollouts", "rollouts/scale", "workloads[0].plural: must be the name"),
            ("spec.template", "''", "workloads[0].podTemplate: must be keys"),
            ("spec.template", ".spec.template", "workloads[0].podTemplate: must be keys"),
            ("spec.template", "spec..template", "workloads[0].podTemplate: must be keys"),
            ("spec.template", "'spec.groups[0].template'", "workloads[0].podTemplate: must be keys"),
            ("podTemplate", "template", "workloads[0].template: unknown field"),
            (
                "argoproj.io, version: v1alpha1, kind: Rollout",
                "networking.k8s.io, version: v1, kind: Ingress",
                "workloads[0].kind: `Ingress.networking.k8s.io` is known without being declared",
            ),
        ] {
            let body = format!("workloads: [{}]\n", ROLLOUT.replace(from, to));
            let errors = read(&body).unwrap_err().to_string();
            assert!(errors.starts_with("seawall.yaml:3:") && errors.contains(expected), "{body}{errors}");
        }
        let twice = format!("workloads:\n  - {ROLLOUT}\n  - {}\n", ROLLOUT.replace("v1alpha1", "v1"));
        assert_eq!(
            read(&twice).unwrap_err().to_string(),
            "seawall.yaml:5:46: workloads[1].kind: `Rollout.argoproj.io` is declared twice"
        );
    }

    #[test]
    fn scopes_may_name_what_is_declared() {
        let rules = "rules:\n  - { policies: [SEC], mode: off, scope: { kinds: [KIND] } }\n";
        for (kind, warned) in [
            ("Rollout", None),
            ("Rollout.argoproj.io", None),
            ("Rollout.example.com", Some("none of the policies here looks at `Rollout.example.com`")),
            ("Rolout", Some("did you mean `Rollout`?")),
            ("CustomWorkload", Some("none of the policies here looks at `CustomWorkload`")),
        ] {
            let body = format!("workloads: [{ROLLOUT}]\n{}", rules.replace("KIND", kind));
            let warnings = read(&body).unwrap().warnings;
            let shown: Vec<_> = warnings.iter().map(ToString::to_string).collect();
            match warned {
                None => assert!(shown.is_empty(), "{kind}: {shown:?}"),
                Some(warned) => assert!(shown.len() == 1 && shown[0].contains(warned), "{kind}: {shown:?}"),
            }
        }
    }
}
