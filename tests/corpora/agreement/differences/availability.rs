//! About availability.

use serde_json::Value;

use super::Difference;
use super::Speaks::{Here, There};
use crate::agreement::Case;
use crate::agreement::predicates::{any, has, has_key};

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "polaris",
        checks: &["hpaMinAvailability", "pdbMinAvailableGreaterThanHPAMinReplicas"],
        speaks: Here,
        condition: "`minReplicas` is not given",
        is_it: |case| is_there(case, "HorizontalPodAutoscaler") && !has_key(case, "minReplicas"),
        reason: "the API server fills in 1; the checks pass what they do not see",
    },
    Difference {
        tool: "polaris",
        checks: &["pdbMinAvailableGreaterThanHPAMinReplicas"],
        speaks: Here,
        condition: "`minAvailable` and `minReplicas` are the same",
        is_it: |case| any(case, &|key, value| key == "minAvailable" && has(case, "minReplicas", value)),
        reason: "with that many Pods not one may go; the check asks for more than the minimum",
    },
    Difference {
        tool: "polaris",
        checks: &["topologySpreadConstraint"],
        speaks: Here,
        condition: "the constraint selects other Pods",
        is_it: |case| any(case, &|key, value| key == "template" && !selects_itself(value)),
        reason: "it spreads nothing; to the check any constraint will do",
    },
    Difference {
        tool: "kube-linter",
        checks: &["pdb-min-available"],
        speaks: There,
        condition: "a Deployment without a template",
        is_it: |case| is_there(case, "Deployment") && !has_key(case, "template"),
        reason: "the API server refuses it; the check looks at its selector, not at the labels of Pods",
    },
    Difference {
        tool: "kyverno",
        checks: &["require-replicas-allow-disruption"],
        speaks: There,
        condition: "another Deployment beside it",
        is_it: |case| case.beside.iter().any(|object| object["kind"] == "Deployment"),
        reason: "the budget counts the Pods of both together",
    },
    Difference {
        tool: "kyverno",
        checks: &["pdb-maxunavailable-with-deployments"],
        speaks: Here,
        condition: "`maxUnavailable: 0`, and no Deployment has Pods",
        is_it: |case| has(case, "maxUnavailable", &0.into()),
        reason: "the Pods come later, and the budget is then there already",
    },
    Difference {
        tool: "kyverno",
        checks: &["require-deployments-have-multiple-replicas"],
        speaks: There,
        condition: "`replicas: 0`",
        is_it: |case| has(case, "replicas", &0.into()),
        reason: "none at all is on purpose",
    },
];

fn is_there(case: &Case, kind: &str) -> bool {
    case.objects.iter().any(|object| object["kind"] == kind)
}

/// Whether the Pods of a template have the labels that its constraints ask for.
fn selects_itself(template: &Value) -> bool {
    let constraints = template["spec"]["topologySpreadConstraints"].as_array();
    constraints.into_iter().flatten().any(|constraint| {
        let wanted = constraint["labelSelector"]["matchLabels"].as_object();
        wanted.into_iter().flatten().all(|(key, value)| template["metadata"]["labels"][key] == *value)
    })
}
