//! What the chart renders, for every combination of values.

use std::io::Cursor;
use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use seawall::cli::Cli;
use seawall::config::{self, Overrides};
use seawall::engine::Rules;
use seawall::manifests::{self, ManifestSet};
use seawall::modes::{Mode, Profile};
use serde_json::{Value, json};

use crate::helm::{self, NAMESPACE};
use crate::texts::root;
use crate::values::{Combination, at};
use crate::{Outcome, Stop, none_of};

pub(crate) fn lint() -> Outcome {
    let chart = root().join("charts/seawall");
    let output = helm::helm()?.lint(&chart, &[]).map_err(|error| format!("{error:#}"))?;
    helm::printed(output).map(drop)
}

/// A file that `.helmignore` or its place keeps out would be missing only for those who install a package.
pub(crate) fn package() -> Outcome {
    let everything = [
        "--set=metrics.alerts.enabled=true",
        "--set=metrics.dashboard.enabled=true",
        "--set=registration.static=true",
    ];
    let text = helm::template("seawall", &everything)?;
    let wanted = ["SeawallCannotJudge", "\"uid\": \"seawall\"", "validate.seawall.dev"];
    none_of(&wanted.iter().filter(|it| !text.contains(**it)).map(|it| format!("no {it}")).collect::<Vec<_>>())
}

/// As for most charts: the name of the release is in all names, and once only.
pub(crate) fn names() -> Outcome {
    let mut faults = Vec::new();
    for (release, arguments, wanted) in [
        ("seawall", vec![], "seawall"),
        ("prod", vec![], "prod-seawall"),
        ("prod", vec!["--set=nameOverride=wall"], "prod-wall"),
        ("prod", vec!["--set=fullnameOverride=guard"], "guard"),
    ] {
        let objects = helm::objects(&helm::template(release, &arguments)?)?;
        let others = objects
            .iter()
            .filter_map(|it| it["metadata"]["name"].as_str())
            .filter(|it| !it.starts_with(wanted));
        faults.extend(others.map(|it| format!("release {release} {arguments:?}: {it} instead of {wanted}…")));
    }
    none_of(&faults)
}

/// Helm deletes kinds that it does not know last, so that the hook has to be there: same name, before everything.
pub(crate) fn uninstall() -> Outcome {
    let objects = helm::objects(&helm::template("seawall", &[])?)?;
    let registrations: Vec<_> =
        objects.iter().filter(|it| it["kind"] == "ValidatingWebhookConfiguration").collect();
    let [release, hook] = registrations.as_slice() else {
        return Err(Stop::Failed(format!("{} registrations", registrations.len())));
    };
    let annotations = &hook["metadata"]["annotations"];
    let ends = annotations["helm.sh/hook-delete-policy"].as_str().unwrap_or_default();
    let is_so = release["metadata"]["name"] == hook["metadata"]["name"]
        && release["webhooks"].is_null()
        && annotations["helm.sh/hook"] == "pre-delete"
        && ["before-hook-creation", "hook-succeeded"].iter().all(|it| ends.contains(it));
    if is_so { Ok(()) } else { Err(Stop::Failed(format!("{release:#}\n{hook:#}"))) }
}

pub(crate) fn combination(combination: &Combination) -> Outcome {
    let file = root().join(&combination.file);
    let text = helm::template("seawall", &["--values", &file.display().to_string()])?;
    let objects = helm::objects(&text)?;
    let mut faults = Vec::new();
    let ignored = ignored(&combination.values);
    judged(&text, &objects, &ignored, &mut faults)?;
    let is_on = |key: &str| at(&combination.values, key) == Some(&json!(true));
    let may_read_secrets = is_on("audit.secrets") || is_on("rbac.secretNames");
    for object in &objects {
        rights(object, may_read_secrets, &mut faults);
        if let Some(pod) = pod_spec(object) {
            understood(pod, &mut faults);
            restricted(pod, at(&combination.values, "hostNetwork") == Some(&json!(true)), &mut faults);
        }
        if object["metadata"]["labels"]["app.kubernetes.io/instance"] != "seawall" {
            faults.push(format!("{} has no labels", object["kind"]));
        }
    }
    none_of(&faults)
}

/// What `strict` may find in a release with these values.
fn ignored(values: &Value) -> Vec<&'static str> {
    let is = |key: &str, value: &Value| at(values, key) == Some(value);
    let always = [
        // The digest of an image is known once it has been pushed: `image.digest` takes it.
        "IMG02", // Names are not looked up: the API server is called by its address.
        "NET23", // The Pod of `helm test` is there while it runs, and no workload makes it.
        "NET21",
    ];
    // One replica is for trying out.
    let single = is("replicaCount", &json!(1)).then_some("AVL01");
    // Whoever wants Secrets looked at has said so.
    let secrets = is("audit.secrets", &json!(true)) || is("rbac.secretNames", &json!(true));
    let secrets = secrets.then_some("RBA09");
    // Rights that are granted elsewhere are not seen.
    let bound = is("rbac.create", &json!(false)).then_some("RBA01");
    // Who may talk to whom is for the cluster's own policies to say, and the Pod of `helm test` talks to one Service.
    always.into_iter().chain(single).chain(secrets).chain(bound).chain(["NET19"]).collect()
}

/// The text of the configuration.
pub(crate) fn configuration(objects: &[Value]) -> Result<&str, Stop> {
    let found = objects.iter().find_map(|it| it["data"]["seawall.yaml"].as_str());
    found.ok_or_else(|| Stop::Failed("no configuration".to_owned()))
}

/// The instant at which everything is judged.
pub(crate) fn now() -> Result<Timestamp, String> {
    "2026-11-21T12:00:00Z".parse().map_err(|error| format!("{error}"))
}

/// Everything passes the profile `strict`, with the configuration that is in it, but for the policies that are ignored.
fn judged(text: &str, objects: &[Value], ignored: &[&str], faults: &mut Vec<String>) -> Outcome {
    let (configuration, now) = (configuration(objects)?, now()?);
    let strict = Overrides {
        profile: Some(Profile::Strict),
        max_mode: Some(Mode::Deny),
        ignore: ignored.iter().copied().map(str::to_owned).collect(),
        ..Overrides::default()
    };
    let loaded =
        config::parse(configuration, "seawall.yaml", &strict, now).map_err(|errors| errors.to_string())?;
    faults.extend(loaded.warnings.iter().map(|it| it.to_string()));
    let rules = Rules::new(loaded.config.table, "chart");
    let set = ManifestSet::read(&[PathBuf::from("-")], &mut Cursor::new(text));
    faults.extend(set.errors().iter().map(|it| it.to_string()));
    faults.extend(set.skipped().iter().map(|it| format!("{}: no object", it.position)));
    for checked in manifests::check(&set, &rules, Some(NAMESPACE), now) {
        let (kind, name) = (checked.root.kind, checked.name.unwrap_or_default());
        let verdict = &checked.verdict;
        faults.extend(verdict.malformed.iter().map(|it| format!("{kind} {name}: {}: {}", it.path, it.found)));
        let found = verdict.findings.iter().filter(|it| it.mode >= Mode::Warn);
        faults.extend(
            found.map(|it| format!("{kind} {name}: {} {}: {}", it.policy.code, it.path(), it.message())),
        );
    }
    Ok(())
}

/// No wildcard, and what is sensitive only by its name; Secrets may be read where the values say so, and what registers
/// webhooks may be read anyway.
fn rights(object: &Value, may_read_secrets: bool, faults: &mut Vec<String>) {
    let by_name = ["secrets", "leases", "validatingwebhookconfigurations"];
    for rule in object["rules"].as_array().into_iter().flatten() {
        let lists = ["apiGroups", "resources", "verbs"].map(|key| &rule[key]);
        let mut words = lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten());
        let is_named = rule["resourceNames"].as_array().is_some_and(|it| !it.is_empty());
        let is_sensitive = rule["resources"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|it| by_name.iter().any(|name| it == name));
        let verbs = || rule["verbs"].as_array().into_iter().flatten();
        let reads = verbs().all(|verb| verb == "list" || verb == "watch");
        let is_secret = rule["resources"].as_array().into_iter().flatten().any(|it| it == "secrets");
        let is_sensitive = is_sensitive && !(reads && (!is_secret || may_read_secrets));
        if words.any(|word| word.as_str().is_some_and(|it| it.contains('*'))) || is_sensitive && !is_named {
            faults.push(format!("{}: {rule}", object["kind"]));
        }
    }
}

fn pod_spec(object: &Value) -> Option<&Value> {
    match object["kind"].as_str()? {
        "Pod" => object.get("spec"),
        "Deployment" => object.pointer("/spec/template/spec"),
        _ => None,
    }
}

/// The program takes the arguments, with what the kubelet puts into them, and every variable in them is declared.
fn understood(pod: &Value, faults: &mut Vec<String>) {
    let container = &pod["containers"][0];
    let declared = container["env"].as_array().into_iter().flatten().filter_map(|it| it["name"].as_str());
    let declared: Vec<_> = declared.collect();
    for address in ["10.0.0.7", "fd00::7"] {
        let mut line = vec!["seawall".to_owned()];
        for argument in container["args"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut argument = argument.to_owned();
            for name in &declared {
                let value = match *name {
                    "POD_IP" => address,
                    "CPU_LIMIT" => "2",
                    _ => "a-name",
                };
                argument = argument.replace(&format!("$({name})"), value);
            }
            if argument.contains("$(") {
                faults.push(format!("nothing declares what is in {argument}"));
            }
            line.push(argument);
        }
        if let Err(error) = Cli::try_parse_from(&line) {
            faults.push(format!("{}: {error}", line.join(" ")));
        }
    }
}

/// The `restricted` Pod Security Standard, as far as it is about what this Pod has, and a little more.
fn restricted(pod: &Value, has_host_network: bool, faults: &mut Vec<String>) {
    let mut hold = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{what}: {pod}"));
        }
    };
    let security = &pod["securityContext"];
    hold(
        security["runAsNonRoot"] == true && security["seccompProfile"]["type"] == "RuntimeDefault",
        "the Pod's context",
    );
    let (network, test) = (&pod["hostNetwork"], pod["restartPolicy"] == "Never");
    hold(network.is_null() || (has_host_network && !test), "hostNetwork");
    hold(pod["hostPID"].is_null() && pod["hostIPC"].is_null(), "namespaces of the host");
    hold(pod["automountServiceAccountToken"] == !test, "the token is only where it is needed");
    let volumes = pod["volumes"].as_array().into_iter().flatten();
    hold(volumes.clone().all(|it| it.get("configMap").or(it.get("secret")).is_some()), "volumes");
    for container in pod["containers"].as_array().into_iter().flatten() {
        let security = &container["securityContext"];
        hold(security["capabilities"] == json!({ "drop": ["ALL"] }), "capabilities");
        hold(security["allowPrivilegeEscalation"] == false && security["privileged"] == false, "privileges");
        hold(security["readOnlyRootFilesystem"] == true, "root file system");
        hold(container["resources"]["limits"]["memory"].is_string(), "memory limit");
    }
}
