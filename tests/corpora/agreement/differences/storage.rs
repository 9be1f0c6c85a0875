//! About storage.

use super::Difference;
use super::Speaks::{Here, There};
use crate::agreement::predicates::has;

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "gatekeeper",
        checks: &["storageclass"],
        speaks: There,
        condition: "no `allowedStorageClasses`",
        is_it: |case| case.settings["parameters"]["allowedStorageClasses"].is_null(),
        reason: "which classes there are the check looks up in the cluster, which a case does not have",
    },
    Difference {
        tool: "kubewarden",
        checks: &["persistentvolumeclaim-storageclass-policy"],
        speaks: There,
        condition: "`deniedStorageClasses`",
        is_it: |case| case.settings["deniedStorageClasses"].is_array(),
        reason: "a list says what is allowed: a class that is new is not",
    },
    Difference {
        tool: "kubewarden",
        checks: &["persistentvolumeclaim-storageclass-policy"],
        speaks: Here,
        condition: "`fallbackStorageClass`",
        is_it: |case| case.settings["fallbackStorageClass"].is_string(),
        reason: "the check puts another class in its place; nothing is changed here",
    },
    Difference {
        tool: "kyverno",
        checks: &["require-storageclass"],
        speaks: There,
        condition: "`storageClassName` is empty",
        is_it: |case| has(case, "storageClassName", &"".into()),
        reason: "it asks for a volume that is there already, which no class makes",
    },
];
