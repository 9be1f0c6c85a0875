//! About the network.

use super::Difference;
use super::Speaks::{Here, There};
use crate::agreement::predicates::{any, has_key};

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "trivy",
        checks: &["KCV-0093"],
        speaks: There,
        condition: "`auth-tls-match-cn` with `|`",
        is_it: |case| {
            any(case, &|key, value| {
                key.ends_with("/auth-tls-match-cn") && value.as_str().is_some_and(|it| it.contains('|'))
            })
        },
        reason: "it is a regular expression, in which `|` stands between names that may be",
    },
    Difference {
        tool: "gatekeeper",
        checks: &["httpsonly"],
        speaks: Here,
        condition: "`tlsOptional: true`",
        is_it: |case| case.settings["parameters"]["tlsOptional"] == true,
        reason: "the annotation is one of Google's load balancer, which does nothing without a certificate",
    },
    Difference {
        tool: "kyverno",
        checks: &["disallow-empty-ingress-host"],
        speaks: Here,
        condition: "a `host` with `*`",
        is_it: |case| {
            any(case, &|key, value| key == "host" && value.as_str().is_some_and(|host| host.contains('*')))
        },
        reason: "a wildcard takes requests for other hosts as no host does; the check counts hosts",
    },
    Difference {
        tool: "kyverno",
        checks: &["ingress-host-match-tls"],
        speaks: Here,
        condition: "neither `tls` nor a `host`",
        is_it: |case| !has_key(case, "tls") && !has_key(case, "host"),
        reason: "every host is in plain text then; the check compares two empty lists",
    },
];
