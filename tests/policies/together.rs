//! The whole theme of Pod security at once: a defect is spoken of once, and this says by which policy.

use libtest_mimic::Trial;
use seawall::engine::Rules;
use seawall::modes::{Mode, ModeTable, Origin, PolicySetting, Profile, TableSpec};
use seawall::object::View;
use seawall::object::meta::Object;
use seawall::policy::{NoFacts, Subject};
use seawall::tree::json;
use serde_json::{Value, json};

use crate::{ensure, judge, trial};

/// The trials: what is wrong with a Pod that keeps to everything else, and the codes that speak.
pub(crate) fn trials() -> Vec<Trial> {
    let cases = [
        ("nothing wrong", json!({}), &[][..]),
        ("a privileged container", container(&json!({ "privileged": true })), &["SEC01"]),
        (
            "a privileged container that says the rest too",
            container(&json!({
                "privileged": true,
                "allowPrivilegeEscalation": true,
                "readOnlyRootFilesystem": false,
                "runAsNonRoot": false,
                "runAsUser": 0,
                "runAsGroup": 0,
                "procMount": "Unmasked",
                "capabilities": { "add": ["ALL", "NET_ADMIN"] },
                "seccompProfile": { "type": "Unconfined" },
                "appArmorProfile": { "type": "Unconfined" },
                "seLinuxOptions": { "type": "spc_t" },
            })),
            &["SEC01"],
        ),
        (
            "a privileged container that says nothing else",
            json!({ "securityContext": null, "containers": [
                { "name": "web", "image": "web:1.4.2", "securityContext": { "privileged": true } },
            ] }),
            &["SEC01"],
        ),
        ("the node's network", json!({ "hostNetwork": true, "hostUsers": null }), &["SEC32"]),
        ("the node's processes", json!({ "hostPID": true, "hostUsers": null }), &["SEC02"]),
        ("the socket of the runtime", host_path("/var/run/docker.sock"), &["SEC33"]),
        ("a directory of the node", host_path("/srv"), &["SEC03"]),
        (
            "root, said of the Pod",
            json!({ "hostUsers": true, "securityContext": { "runAsUser": 0 } }),
            &["SEC26", "SEC36"],
        ),
        (
            "root, said of the Pod, and nothing said against it",
            json!({ "hostUsers": true, "securityContext": { "runAsUser": 0, "runAsNonRoot": null } }),
            &["SEC26", "SEC36"],
        ),
        ("root may be, but is not said", pod_context(&json!({ "runAsNonRoot": null })), &["SEC15", "SEC26"]),
        (
            "a capability that leads out",
            container(&json!({ "capabilities": { "drop": ["ALL"], "add": ["SYS_ADMIN"] } })),
            &["SEC34"],
        ),
        (
            "a capability that does not",
            container(&json!({ "capabilities": { "drop": ["ALL"], "add": ["NET_ADMIN"] } })),
            &["SEC06"],
        ),
        ("no capability dropped", container(&json!({ "capabilities": null })), &["SEC07"]),
        ("a server for SSH", ports(&json!([{ "containerPort": 22 }])), &["SEC21"]),
        ("a low port", ports(&json!([{ "containerPort": 80 }])), &["SEC20"]),
        ("a port of the node", ports(&json!([{ "containerPort": 8080, "hostPort": 8080 }])), &["SEC04"]),
        // Kubernetes alone has a rule for these.
        (
            "a probe of another host",
            json!({ "containers": [{ "livenessProbe": { "tcpSocket": { "host": "10.0.0.7", "port": 1 } } }] }),
            &["SEC37"],
        ),
    ];
    cases
        .into_iter()
        .map(|(name, wrong, expected)| {
            trial(format!("together: {name}"), move || {
                let mut spec = well_kept();
                overlay(&mut spec, &wrong);
                let mut spoke = codes(&spec)?;
                spoke.sort_unstable();
                ensure(spoke == expected, || format!("{spoke:?} instead of {expected:?} for {spec:#}"))
            })
        })
        .collect()
}

/// A specification of which no policy of the theme has anything to say.
fn well_kept() -> Value {
    json!({
        "hostUsers": false,
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "containers": [{
            "name": "web",
            "image": "web:1.4.2",
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            },
        }],
    })
}

fn container(context: &Value) -> Value {
    json!({ "containers": [{ "securityContext": context }] })
}

fn pod_context(context: &Value) -> Value {
    json!({ "hostUsers": true, "securityContext": context })
}

fn ports(ports: &Value) -> Value {
    json!({ "containers": [{ "ports": ports }] })
}

fn host_path(path: &str) -> Value {
    json!({ "volumes": [{ "name": "node", "hostPath": { "path": path } }] })
}

/// Lays one value over another, element by element; what is an object in both is one.
fn overlay(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                overlay(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(base), Value::Array(over)) => {
            base.iter_mut().zip(over).for_each(|(base, over)| overlay(base, over));
        }
        (base, over) => *base = over.clone(),
    }
}

/// The code of every finding, with all policies of the theme refusing, opt-in or not.
fn codes(spec: &Value) -> Result<Vec<&'static str>, String> {
    let origin = || Origin::flag("together");
    let table = TableSpec {
        profile: (Profile::None, origin()),
        policies: vec![PolicySetting {
            selector: "SEC".to_owned(),
            mode: Some(Mode::Deny),
            params: None,
            origin: origin(),
        }],
        ..TableSpec::default()
    };
    let table = ModeTable::build(&table).map_err(|errors| errors[0].to_string())?;
    let tree = json::read(judge::pod(spec).to_string().as_bytes()).map_err(|error| error.to_string())?;
    let object = tree.root().and_then(Object::view).ok_or("the Pod is no object")?;
    let subject = Subject::of_object(object, jiff::Timestamp::UNIX_EPOCH);
    let verdict = Rules::new(table, "test").evaluate(&subject, &NoFacts, &|| false);
    Ok(verdict.findings.iter().map(|finding| finding.policy.code).collect())
}
