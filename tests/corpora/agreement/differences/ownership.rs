//! About ownership.

use super::Difference;
use super::Speaks::{Here, There};
use crate::agreement::predicates::{has, has_key};

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "datree",
        checks: &["DEPLOYMENT_MISSING_LABEL_ENV_VALUE", "WORKLOAD_MISSING_LABEL_OWNER_VALUE"],
        speaks: Here,
        condition: "a Pod template without the label",
        is_it: |case| has_key(case, "template"),
        reason: "Pods are found by their own labels; the check looks at those of the workload",
    },
    Difference {
        tool: "kyverno",
        checks: &["metadata-match-regex", "require-annotations", "require-labels"],
        speaks: Here,
        condition: "a workload with a Pod template",
        is_it: |case| has_key(case, "template"),
        reason: "a workload is found by its own labels and annotations; the policies look at those of its Pods",
    },
    Difference {
        tool: "kyverno",
        checks: &["require-labels"],
        speaks: Here,
        condition: "a PolicyException is in force",
        is_it: |case| case.settings["exceptions"] == true,
        reason: "exceptions stand in the configuration, which the case does not have",
    },
    Difference {
        tool: "kyverno",
        checks: &["application-field-validation", "application-prevent-default-project"],
        speaks: Here,
        condition: "an Application without `syncPolicy`",
        is_it: |case| !has_key(case, "syncPolicy"),
        reason: "one policy is about all that lets an Application drift",
    },
    Difference {
        tool: "kyverno",
        checks: &["verify-flux-sources"],
        speaks: There,
        condition: "a Bucket or an ImageRepository",
        is_it: |case| has(case, "kind", &"Bucket".into()) || has(case, "kind", &"ImageRepository".into()),
        reason: "nothing is delivered from an ImageRepository, and Buckets are not looked at",
    },
    Difference {
        tool: "kyverno",
        checks: &["verify-flux-sources"],
        speaks: Here,
        condition: "the namespace `flux-system`",
        is_it: |case| has(case, "namespace", &"flux-system".into()),
        reason: "exceptions for namespaces stand in the configuration, which the case does not have",
    },
];
