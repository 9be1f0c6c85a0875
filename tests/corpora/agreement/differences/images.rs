//! About images.

use serde_json::json;

use super::Difference;
use super::Speaks::{Here, There};
use crate::agreement::predicates::{any, has_key};

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "polaris",
        checks: &["pullPolicyNotAlways"],
        speaks: There,
        condition: "no `imagePullPolicy`",
        is_it: |case| !has_key(case, "imagePullPolicy"),
        reason: "for `latest` and for no tag the API server fills in `Always`",
    },
    Difference {
        tool: "kyverno",
        checks: &["imagepullpolicy-always"],
        speaks: There,
        condition: "no `imagePullPolicy`",
        is_it: |case| !has_key(case, "imagePullPolicy"),
        reason: "for `latest` and for no tag the API server fills in `Always`",
    },
    Difference {
        tool: "kyverno",
        checks: &["disallow-latest-tag"],
        speaks: Here,
        condition: "only the rule `require-image-tag` is asked, and the tag is `latest`",
        is_it: |case| case.settings["rules"] == json!(["require-image-tag"]),
        reason: "one policy does what two rules do",
    },
    Difference {
        tool: "kyverno",
        checks: &["advanced-restrict-image-registries"],
        speaks: There,
        condition: "an image from `ghcr.io/kyverno/`",
        is_it: |case| {
            any(case, &|key, value| {
                key == "image" && value.as_str().is_some_and(|image| image.starts_with("ghcr.io/kyverno/"))
            })
        },
        reason: "what is allowed stands in a ConfigMap and in Namespaces, which differ from case to case; here it is a \
                 parameter, set to what all of them together allow",
    },
];
