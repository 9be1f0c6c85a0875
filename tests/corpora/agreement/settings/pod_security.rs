//! About Pod security.

use serde_json::{Value, json};

use super::texts;

pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Value {
    match (tool, check) {
        ("gatekeeper", check) => gatekeeper(check, &settings["parameters"]),
        ("kube-linter", "ssh-port") => json!({ "SEC21": { "ports": [settings["port"]] } }),
        ("kubewarden", check) => kubewarden(check, settings),
        ("kyverno", check) => kyverno(check, settings),
        _ => json!({}),
    }
}

fn gatekeeper(check: &str, settings: &Value) -> Value {
    match check {
        "flexvolume-drivers" => {
            let drivers = texts(&settings["allowedFlexVolumes"], |it| &it["driver"]);
            json!({ "SEC13": { "allowedFlexVolumeDrivers": drivers } })
        }
        "forbidden-sysctls" => {
            json!({ "SEC12": { "extraAllowed": texts(&settings["allowedSysctls"], |it| it) } })
        }
        "fsgroup" => groups(if settings["rule"] == "RunAsAny" { 0 } else { lowest(&settings["ranges"]) }),
        // The check is older than what a user namespace allows since v1.35.
        "proc-mount" => json!({ "SEC10": { "version": "v1.34" } }),
        _ => json!({}),
    }
}

fn kubewarden(check: &str, settings: &Value) -> Value {
    match check {
        "capabilities-psp-policy" => {
            json!({ "SEC06": { "extraAllowed": texts(&settings["allowed_capabilities"], |it| it) } })
        }
        "hostpaths-psp-policy" => {
            let paths = texts(&settings["allowedHostPaths"], |it| &it["pathPrefix"]);
            json!({ "SEC03": { "readOnlyBelow": paths } })
        }
        "sysctl-psp-policy" => {
            json!({ "SEC12": { "extraAllowed": texts(&settings["allowedUnsafeSysctls"], |it| it) } })
        }
        "user-group-psp-policy" => {
            let min = |rule: &Value| match rule["rule"].as_str() {
                Some("MustRunAs" | "MayRunAs") => lowest(&rule["ranges"]),
                Some("MustRunAsNonRoot") => 1,
                _ => 0,
            };
            let must = settings["run_as_user"]["rule"].as_str().is_some_and(|rule| rule.starts_with("Must"));
            json!({ "SEC17": {
                "minUserId": min(&settings["run_as_user"]),
                "minGroupId": min(&settings["run_as_group"]).max(min(&settings["supplemental_groups"])),
                // Otherwise the check sets the id instead of refusing.
                "requireIds": must && settings["validate_only"] == true,
            } })
        }
        "volumes-psp-policy" => {
            json!({ "SEC13": { "allowedTypes": texts(&settings["allowedTypes"], |it| it) } })
        }
        _ => json!({}),
    }
}

fn kyverno(check: &str, settings: &Value) -> Value {
    match check {
        "check-supplemental-groups" => groups(100),
        "disallow-host-ports-range" => json!({ "SEC04": { "allowed": [{ "from": 5000, "to": 6000 }] } }),
        // The policy is older than what a user namespace allows since v1.35.
        "disallow-proc-mount" => json!({ "SEC10": { "version": "v1.34" } }),
        // The policy is older than `container_engine_t`, which v1.31 allows.
        "disallow-selinux" => json!({ "SEC09": { "version": "v1.30" } }),
        "require-non-root-groups" => groups(1),
        "restrict-runtimeClassName" => json!({ "SEC25": { "allowed": ["prodclass", "expclass"] } }),
        "restrict-usergroup-fsgroup-id" => json!({ "SEC17": { "minUserId": 1000, "minGroupId": 2000 } }),
        "validate.podSecurity" => {
            let standard = &settings["standard"];
            json!({ "SEC37": { "level": standard["level"], "version": standard["version"] } })
        }
        _ => json!({}),
    }
}

/// Nothing but groups, from an id on.
fn groups(min: i64) -> Value {
    json!({ "SEC17": { "minUserId": 0, "minGroupId": min, "requireIds": false } })
}

/// The first id of a list of ranges.
fn lowest(ranges: &Value) -> i64 {
    let ranges = ranges.as_array().into_iter().flatten();
    ranges.filter_map(|range| range["min"].as_i64()).min().unwrap_or_default()
}
