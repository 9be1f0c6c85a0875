//! About API versions.

use super::Difference;
use super::Speaks::There;
use crate::agreement::predicates::has;

pub(super) const DIFFERENCES: &[Difference] = &[Difference {
    tool: "kube-linter",
    checks: &["no-extensions-v1beta"],
    speaks: There,
    condition: "an object of `networking.k8s.io/v1`",
    is_it: |case| has(case, "apiVersion", &"networking.k8s.io/v1".into()),
    reason: "that is what one should write; the case has two objects of one name, and does not say which is meant",
}];
