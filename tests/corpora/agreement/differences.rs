//! Where policies judge otherwise than the checks of other tools, on purpose or because the tool is wrong.

use serde_json::json;

use super::Case;
use super::predicates::{
    any, contains, has, has_key, is_above, is_of_mesh, lacks, lacks_drop_all, lowest, matches_one,
};

/// Cases that are judged otherwise, and why.
pub(super) struct Difference {
    /// The tool.
    pub(super) tool: &'static str,
    /// Its checks; all, if none is named.
    pub(super) checks: &'static [&'static str],
    /// Who finds something where the other does not.
    pub(super) speaks: Speaks,
    /// The cases in words.
    pub(super) condition: &'static str,
    /// The cases.
    pub(super) is_it: fn(&Case) -> bool,
    /// Why it is right to judge them otherwise.
    pub(super) reason: &'static str,
}

/// Who finds something where the other does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    /// Only the policies here.
    Here,
    /// Only the tool.
    There,
}
use Speaks::{Here, There};

/// The first that is about a case counts.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "polaris",
        checks: &["insecureCapabilities"],
        speaks: Here,
        condition: "`capabilities.drop` lacks `ALL`, so written",
        is_it: lacks_drop_all,
        reason: "the restricted standard demands `ALL`; the check is content with `NET_ADMIN`, or with `All`",
    },
    Difference {
        tool: "kube-linter",
        checks: &[],
        speaks: There,
        condition: "`kind: DeploymentConfig`",
        is_it: |case| case.objects.iter().any(|object| object["kind"] == "DeploymentConfig"),
        reason: "not a kind of Kubernetes: OpenShift has deprecated it in favour of Deployment",
    },
    Difference {
        tool: "kube-linter",
        checks: &["drop-net-raw-capability"],
        speaks: Here,
        condition: "a container without `securityContext.capabilities`",
        is_it: |case| any(case, &|key, value| key == "containers" && lacks(value, "capabilities")),
        reason: "it keeps `NET_RAW`, which every runtime gives; the check looks only where the field is",
    },
    Difference {
        tool: "trivy",
        checks: &["KSV-0020", "KSV-0021"],
        speaks: Here,
        condition: "only one of `runAsUser` and `runAsGroup`",
        is_it: |case| has_key(case, "runAsUser") != has_key(case, "runAsGroup"),
        reason: "one policy is about both; each check looks at one of them",
    },
    Difference {
        tool: "trivy",
        checks: &["KSV-0106"],
        speaks: Here,
        condition: "`capabilities.drop` lacks `ALL`, so written",
        is_it: lacks_drop_all,
        reason: "the restricted standard demands `ALL`; the check takes `all` for the same",
    },
    Difference {
        tool: "trivy",
        checks: &["KSV-0119"],
        speaks: Here,
        condition: "`capabilities.add` has other capabilities than `NET_RAW`",
        is_it: |case| any(case, &|key, value| key == "add" && !contains(value, "NET_RAW")),
        reason: "the policy is about all that the baseline standard does not allow, the check about `NET_RAW`",
    },
    Difference {
        tool: "gatekeeper",
        checks: &[],
        speaks: Here,
        condition: "`operation: UPDATE` without `oldObject`",
        is_it: |case| case.settings["operation"] == "UPDATE",
        reason: "the checks pass over every update, as the fields cannot change; here it is `oldObject` that tells \
                 what was so before, and is only a warning",
    },
    Difference {
        tool: "gatekeeper",
        checks: &["apparmor"],
        speaks: Here,
        condition: "`Unconfined` for the Pod, another profile for each container",
        is_it: |case| any(case, &|key, value| key == "appArmorProfile" && value["type"] == "Unconfined"),
        reason: "the baseline standard looks at the Pod too: a container that comes later would be unconfined",
    },
    Difference {
        tool: "gatekeeper",
        checks: &["forbidden-sysctls"],
        speaks: There,
        condition: "`forbiddenSysctls`",
        is_it: |case| case.settings["parameters"]["forbiddenSysctls"].is_array(),
        reason: "what Kubernetes calls safe is allowed, and what is not safe refused unless it is allowed: there is \
                 nothing left to forbid",
    },
    Difference {
        tool: "gatekeeper",
        checks: &["fsgroup"],
        speaks: There,
        condition: "a group above all ranges, or no range",
        is_it: |case| is_above(case, "fsGroup", &case.settings["parameters"]["ranges"]),
        reason: "low ids are what a node gives away; parameters have no highest one",
    },
    Difference {
        tool: "gatekeeper",
        checks: &["seccomp"],
        speaks: Here,
        condition: "the profile stands in an annotation",
        is_it: |case| any(case, &|key, _| key.contains("seccomp.security.alpha.kubernetes.io")),
        reason: "Kubernetes ignores the annotations since v1.27: there is no profile",
    },
    Difference {
        tool: "gatekeeper",
        checks: &["proc-mount", "seccomp"],
        speaks: Here,
        condition: "`exemptImages` has the image",
        is_it: |case| {
            let exempt = &case.settings["parameters"]["exemptImages"];
            any(case, &|key, value| key == "image" && matches_one(exempt, value.as_str().unwrap_or_default()))
        },
        reason: "an image is no identity: exceptions are for namespaces, names and labels",
    },
    Difference {
        tool: "gatekeeper",
        checks: &["seccomp"],
        speaks: There,
        condition: "a `localhostProfile` that `allowedProfiles` lacks",
        is_it: |case| has_key(case, "localhostProfile"),
        reason: "as for the standards, any profile of the node is one: who may put files there decides which there are",
    },
    Difference {
        tool: "kubeaudit",
        checks: &[],
        speaks: Here,
        condition: "a label `…kubeaudit.io/…allow-…`",
        is_it: |case| any(case, &|key, _| key.contains("kubeaudit.io/") && key.contains("allow-")),
        reason: "who writes an object does not exempt it: exceptions stand in the configuration, and expire",
    },
    Difference {
        tool: "kubeaudit",
        checks: &["capabilities"],
        speaks: Here,
        condition: "`capabilities.drop` lacks `ALL`, so written",
        is_it: lacks_drop_all,
        reason: "the restricted standard demands `ALL`; the check takes `all` for the same",
    },
    Difference {
        tool: "kubeaudit",
        checks: &["nonroot"],
        speaks: Here,
        condition: "`runAsNonRoot: false` for the Pod, or beside a `runAsUser` that is not root",
        is_it: |case| has(case, "runAsNonRoot", &false.into()),
        reason: "the restricted standard refuses it wherever it stands",
    },
    Difference {
        tool: "kubeaudit",
        checks: &["nonroot"],
        speaks: Here,
        condition: "a `runAsUser` that is not root, and no `runAsNonRoot`",
        is_it: |case| !has_key(case, "runAsNonRoot") && has_key(case, "runAsUser"),
        reason: "the restricted standard demands `runAsNonRoot: true` whoever the user is",
    },
    Difference {
        tool: "kubeaudit",
        checks: &["privileged"],
        speaks: There,
        condition: "no `privileged`",
        is_it: |case| !has_key(case, "privileged"),
        reason: "a container is not privileged unless it says so",
    },
    Difference {
        tool: "kubewarden",
        checks: &["allow-privilege-escalation-psp-policy"],
        speaks: Here,
        condition: "no `allowPrivilegeEscalation`",
        is_it: |case| !has_key(case, "allowPrivilegeEscalation"),
        reason: "left out it is allowed; the check sets the field instead of refusing, and nothing here changes objects",
    },
    Difference {
        tool: "kubewarden",
        checks: &["capabilities-psp-policy"],
        speaks: Here,
        condition: "`allowed_capabilities: [\"*\"]`",
        is_it: |case| contains(&case.settings["allowed_capabilities"], "*"),
        reason: "to allow all capabilities, the policy is switched off",
    },
    Difference {
        tool: "kubewarden",
        checks: &["user-group-psp-policy"],
        speaks: There,
        condition: "an id above all ranges",
        is_it: |case| {
            let ranges = |rule: &str, field| is_above(case, field, &case.settings[rule]["ranges"]);
            ranges("run_as_user", "runAsUser")
                || ranges("run_as_group", "runAsGroup")
                || ranges("supplemental_groups", "supplementalGroups")
        },
        reason: "low ids are what a node gives away; parameters have no highest one",
    },
    Difference {
        tool: "kubewarden",
        checks: &["hostpaths-psp-policy"],
        speaks: Here,
        condition: "`allowedHostPaths` allows writing",
        is_it: |case| case.settings["allowedHostPaths"].to_string().contains("\"readOnly\":false"),
        reason: "`readOnlyBelow` allows reading; who has to write on a node needs an exception",
    },
    Difference {
        tool: "kubewarden",
        checks: &["pod-privileged-policy"],
        speaks: Here,
        condition: "`skip_init_containers`, `skip_ephemeral_containers`",
        is_it: |case| case.settings["skip_init_containers"] == true,
        reason: "whoever is in an init or ephemeral container has the node just the same",
    },
    Difference {
        tool: "kubewarden",
        checks: &["volumes-psp-policy"],
        speaks: There,
        condition: "`allowedTypes` lacks a type that the restricted standard allows",
        is_it: |case| !contains(&case.settings["allowedTypes"], "projected"),
        reason: "parameters add to the standard; every Pod with a ServiceAccount token has a `projected` volume",
    },
    Difference {
        tool: "kubewarden",
        checks: &["volumes-psp-policy"],
        speaks: Here,
        condition: "`allowedTypes: [\"*\"]`",
        is_it: |case| contains(&case.settings["allowedTypes"], "*"),
        reason: "to allow all types, the policy is switched off",
    },
    Difference {
        tool: "kyverno",
        checks: &["validate.podSecurity"],
        speaks: Here,
        condition: "`podSecurity.exclude`",
        is_it: |case| case.settings["standard"]["exclude"].is_array(),
        reason: "a standard is demanded as it is; who needs less of it selects the policies of its parts",
    },
    Difference {
        tool: "kyverno",
        checks: &["validate.podSecurity", "disallow-privilege-escalation"],
        speaks: Here,
        condition: "a PolicyException is in force",
        is_it: |case| case.settings["exceptions"] == true,
        reason: "exceptions stand in the configuration, which the case does not have",
    },
    Difference {
        tool: "kyverno",
        checks: &["check-supplemental-groups"],
        speaks: There,
        condition: "`supplementalGroups` from the lowest allowed one on",
        is_it: |case| any(case, &|key, ids| key == "supplementalGroups" && lowest(ids) >= Some(100)),
        reason: "low ids are what a node gives away; parameters have no highest one",
    },
    Difference {
        tool: "kyverno",
        checks: &["check-supplemental-groups"],
        speaks: Here,
        condition: "`runAsGroup: 0`",
        is_it: |case| has(case, "runAsGroup", &0.into()),
        reason: "one policy is about all groups; the check looks at `supplementalGroups`",
    },
    Difference {
        tool: "kyverno",
        checks: &["restrict-usergroup-fsgroup-id"],
        speaks: There,
        condition: "a `runAsUser` above the one that is allowed",
        is_it: |case| any(case, &|key, id| key == "runAsUser" && lowest(id) > Some(1000)),
        reason: "low ids are what a node gives away; parameters have no highest one",
    },
    Difference {
        tool: "kyverno",
        checks: &["disallow-capabilities-strict"],
        speaks: Here,
        condition: "only the rule `adding-capabilities-strict` is asked, and `capabilities.drop` lacks `ALL`",
        is_it: |case| case.settings["rules"] == json!(["adding-capabilities-strict"]) && lacks_drop_all(case),
        reason: "one policy does what two rules do",
    },
    Difference {
        tool: "kyverno",
        checks: &["service-mesh-disallow-capabilities"],
        speaks: Here,
        condition: "an init container with the image of a service mesh",
        is_it: |case| any(case, &|key, value| key == "initContainers" && is_of_mesh(value)),
        reason: "an image is no identity: exceptions are for namespaces, names and labels",
    },
    Difference {
        tool: "kyverno",
        checks: &["require-drop-all"],
        speaks: Here,
        condition: "`capabilities.add`",
        is_it: |case| has_key(case, "add"),
        reason: "as in the restricted standard, the policy is about what is added too",
    },
    Difference {
        tool: "kyverno",
        checks: &["docker-socket-requires-label"],
        speaks: Here,
        condition: "the label `allow-docker: \"true\"`",
        is_it: |case| has(case, "allow-docker", &"true".into()),
        reason: "who writes an object does not exempt it: exceptions stand in the configuration, and expire",
    },
    Difference {
        tool: "kyverno",
        checks: &["limit-hostpath-type-pv"],
        speaks: Here,
        condition: "a PersistentVolume below `/data`",
        is_it: |case| {
            any(case, &|key, value| {
                key == "path" && value.as_str().is_some_and(|path| path.starts_with("/data"))
            })
        },
        reason: "it is on one node and nowhere else; `local` volumes say so to the scheduler",
    },
    Difference {
        tool: "kyverno",
        checks: &["prevent-cr8escape"],
        speaks: Here,
        condition: "sysctls that are not safe, without `+` and `=` in their values",
        is_it: |case| any(case, &|key, value| key == "sysctls" && !value.to_string().contains(['+', '='])),
        reason: "one policy is about names and values; the check looks at values",
    },
];
