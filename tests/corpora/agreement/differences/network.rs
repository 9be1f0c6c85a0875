//! About the network.

use serde_json::Value;

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
        tool: "kube-linter",
        checks: &["dangling-networkpolicy", "dangling-networkpolicypeer-podselector"],
        speaks: There,
        condition: "no workload at all",
        is_it: |case| case.objects.iter().all(|object| object["kind"] == "NetworkPolicy"),
        reason: "files without any workload do not say which there are",
    },
    Difference {
        tool: "polaris",
        checks: &["missingNetworkPolicy"],
        speaks: There,
        condition: "a direction of `policyTypes` without rules",
        is_it: |case| case.objects.iter().any(is_closed),
        reason: "nobody is let through then: that is how a default is set that denies everything",
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
    Difference {
        tool: "kyverno",
        checks: &["require-unique-external-dns", "restrict-ingress-host"],
        speaks: There,
        condition: "nothing else is in the cluster",
        is_it: |case| case.beside.is_empty(),
        reason: "what would be there is only told to the command line of the tool",
    },
    Difference {
        tool: "kyverno",
        checks: &["restrict-ingress-host"],
        speaks: There,
        condition: "nobody else has the path of the host",
        is_it: |case| !routes(&case.objects).iter().any(|route| routes(&case.beside).contains(route)),
        reason: "applications share a host by its paths, and an Ingress may have several hosts",
    },
    Difference {
        tool: "kyverno",
        checks: &["require-unique-service-selector"],
        speaks: There,
        condition: "nobody makes the Pods",
        is_it: |case| case.beside.iter().all(|object| object["kind"] == "Service"),
        reason: "Services of a canary controller are alike on purpose; of those without Pods another policy speaks",
    },
];

/// Whether a NetworkPolicy lets nobody through in a direction that it is about.
fn is_closed(policy: &Value) -> bool {
    let types = policy["spec"]["policyTypes"].as_array().into_iter().flatten();
    let mut directions = types.filter_map(Value::as_str).map(str::to_lowercase);
    directions.any(|direction| policy["spec"][direction].is_null())
}

/// Host and path of everything that Ingresses route.
fn routes(ingresses: &[Value]) -> Vec<[&Value; 2]> {
    fn items(list: &Value) -> impl Iterator<Item = &Value> {
        list.as_array().into_iter().flatten()
    }
    let rules = ingresses.iter().flat_map(|ingress| items(&ingress["spec"]["rules"]));
    rules
        .flat_map(|rule| items(&rule["http"]["paths"]).map(move |path| [&rule["host"], &path["path"]]))
        .collect()
}
