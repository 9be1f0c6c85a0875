//! About Secrets and configuration.

use super::Difference;
use super::Speaks::There;
use crate::agreement::predicates::{any, has_key};

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "polaris",
        checks: &["sensitiveConfigmapContent"],
        speaks: There,
        condition: "the value is `xxxxx`",
        is_it: |case| any(case, &|_, value| value == "xxxxx"),
        reason: "it stands for a value; the check goes by the key alone",
    },
    Difference {
        tool: "kube-linter",
        checks: &["env-var-secret"],
        speaks: There,
        condition: "the value is a word of small letters",
        is_it: |case| {
            let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase());
            any(case, &|key, value| key == "env" && value[0]["value"].as_str().is_some_and(is_word))
        },
        reason: "it may as well be the name of a Secret; the check goes by the name of the variable alone",
    },
    Difference {
        tool: "kube-linter",
        checks: &["env-value-from"],
        speaks: There,
        condition: "a key of a Secret or of a ConfigMap",
        is_it: |case| has_key(case, "secretKeyRef") || has_key(case, "configMapKeyRef"),
        reason: "Secrets are not looked for in files, where they do not belong; which keys an object has is not known",
    },
];
