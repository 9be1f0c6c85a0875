//! About namespaces.

use serde_json::Value;

use super::Case;
use super::Difference;
use super::Speaks::{Here, There};
use crate::agreement::predicates::{has, has_key};

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "kyverno",
        checks: &["add-psa-namespace-reporting", "deny-privileged-profile"],
        speaks: Here,
        condition: "`enforce: privileged`",
        is_it: |case| has(case, ENFORCE, &"privileged".into()),
        reason: "it forbids nothing; one check is content with any label, the other with what an administrator writes",
    },
    Difference {
        tool: "kyverno",
        checks: &["deny-privileged-profile"],
        speaks: Here,
        condition: "no label `enforce`",
        is_it: |case| is_namespace(case) && !has_key(case, ENFORCE),
        reason: "nothing is enforced then, as for `privileged`",
    },
    Difference {
        tool: "kyverno",
        checks: &["disallow-default-namespace"],
        speaks: There,
        condition: "no `namespace`",
        is_it: |case| !has_key(case, "namespace"),
        reason: "a file that names none goes where it is sent; an API server has filled it in",
    },
];

fn is_namespace(case: &Case) -> bool {
    case.objects.iter().map(|object| &object["kind"]).any(|kind: &Value| kind == "Namespace")
}
