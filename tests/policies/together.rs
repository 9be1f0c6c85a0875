//! Whole themes at once: a defect is spoken of once, and this says by which policy.

use libtest_mimic::Trial;
use seawall::engine::Rules;
use seawall::object::View;
use seawall::object::meta::Object;
use seawall::policy::{NoFacts, Subject};
use seawall::tree::json;
use serde_json::{Value, json};

use crate::{ensure, judge, trial};

/// What is wrong with a Pod that keeps to everything else, and the codes that speak.
type Wrong = (&'static str, Value, &'static [&'static str]);

/// Themes whose policies are asked together, opt-in or not.
struct Together {
    /// Their prefixes.
    themes: &'static [&'static str],
    /// Policies that are not asked, because others demand the opposite.
    without: &'static [&'static str],
    /// A specification of which none of them has anything to say.
    well_kept: fn() -> Value,
    wrong: fn() -> Vec<Wrong>,
}

const TOGETHER: [Together; 2] = [
    Together { themes: &["SEC"], without: &[], well_kept: secure, wrong: insecure },
    Together {
        themes: &["IMG", "RES", "PRB", "LCY", "SCH"],
        without: &["RES16"],
        well_kept: running,
        wrong: running_badly,
    },
];

/// A trial for every defect, and one for none.
pub(crate) fn trials() -> Vec<Trial> {
    TOGETHER.iter().flat_map(trials_of).collect()
}

fn trials_of(together: &'static Together) -> impl Iterator<Item = Trial> {
    let nothing: Wrong = ("nothing wrong", json!({}), &[]);
    let cases = std::iter::once(nothing).chain((together.wrong)());
    cases.map(move |(name, wrong, expected)| {
        trial(format!("together: {}: {name}", together.themes.join(", ")), move || {
            let mut spec = (together.well_kept)();
            overlay(&mut spec, &wrong);
            let mut spoke = together.codes(&spec)?;
            spoke.sort_unstable();
            ensure(spoke == expected, || format!("{spoke:?} instead of {expected:?} for {spec:#}"))
        })
    })
}

impl Together {
    /// The code of every finding, with all policies of the themes refusing.
    fn codes(&self, spec: &Value) -> Result<Vec<&'static str>, String> {
        let table = judge::refusing(|meta| {
            self.themes.iter().any(|theme| meta.is_selected_by(theme)) && !self.without.contains(&meta.code)
        })?;
        let tree = json::read(judge::pod(spec).to_string().as_bytes()).map_err(|error| error.to_string())?;
        let object = tree.root().and_then(Object::view).ok_or("the Pod is no object")?;
        let subject = Subject::of_object(object, jiff::Timestamp::UNIX_EPOCH);
        let verdict = Rules::new(table, "test").evaluate(&subject, &NoFacts, &|| false);
        Ok(verdict.findings.iter().map(|finding| finding.policy.code).collect())
    }
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

fn secure() -> Value {
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

fn insecure() -> Vec<Wrong> {
    vec![
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
    ]
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

fn running() -> Value {
    json!({
        "containers": [{
            "name": "web",
            "image": PINNED,
            "ports": [{ "name": "http", "containerPort": 8080 }],
            "resources": {
                "requests": { "cpu": "250m", "memory": "256Mi", "ephemeral-storage": "1Gi" },
                "limits": { "cpu": "500m", "memory": "512Mi", "ephemeral-storage": "1Gi" },
            },
            "startupProbe": { "httpGet": { "path": "/live", "port": "http" } },
            "livenessProbe": { "httpGet": { "path": "/live", "port": "http" }, "failureThreshold": 6 },
            "readinessProbe": { "httpGet": { "path": "/ready", "port": "http" } },
        }],
    })
}

const PINNED: &str =
    "registry.example/web:1.4.2@sha256:0a399eb16751829e1af26fea27b20c3ec28d7ab1fb72182879dcae1cca21206a";

fn running_badly() -> Vec<Wrong> {
    vec![
        ("no tag", image("web"), &["IMG01"]),
        (
            "no tag, and nodes keep what they have",
            web(&json!({ "image": "web", "imagePullPolicy": "Never" })),
            &["IMG01"],
        ),
        ("no digest", image("web:1.4.2"), &["IMG02"]),
        ("a tag that moves on", image("web:1.4"), &["IMG03"]),
        ("a tag that moves on and is unfinished", image("web:1.4-wip"), &["IMG03", "IMG15"]),
        (
            "a tag that warns of itself",
            image(&PINNED.replace("1.4.2", "1.4.2-debug-dont-push-prod")),
            &["IMG04"],
        ),
        ("an unfinished tag", image(&PINNED.replace("1.4.2", "1.4.2-test")), &["IMG15"]),
        ("a tag of an environment", image(&PINNED.replace("1.4.2", "1.4.2-prod")), &["IMG05"]),
        ("a registry that is frozen", image(&PINNED.replace("registry.example", "k8s.gcr.io")), &["IMG07"]),
        ("no resources", web(&json!({ "resources": null })), &["RES01", "RES02", "RES03", "RES04", "RES08"]),
        ("no CPU limit", limits(&json!({ "cpu": null })), &["RES04"]),
        ("no memory limit", limits(&json!({ "memory": null })), &["RES03"]),
        ("a limit far above the request", limits(&json!({ "memory": "4Gi" })), &["RES05"]),
        ("no headroom", limits(&json!({ "memory": "256Mi" })), &["RES17"]),
        (
            "a heap as large as nearly all",
            web(&json!({ "command": ["java", "-Xmx500m", "-jar", "web.jar"] })),
            &["RES11"],
        ),
        ("a heap beyond all", web(&json!({ "command": ["java", "-Xmx2g", "-jar", "web.jar"] })), &["RES18"]),
        (
            "a volume in memory without a bound",
            json!({
                "volumes": [{ "name": "shm", "emptyDir": { "medium": "Memory" } }],
                "containers": [{ "volumeMounts": [{ "name": "shm", "mountPath": "/dev/shm" }] }],
            }),
            &["RES10"],
        ),
        (
            "no probes",
            web(&json!({ "livenessProbe": null, "readinessProbe": null, "startupProbe": null })),
            &["PRB01", "PRB02"],
        ),
        (
            "two probes that ask the same, and that of readiness",
            liveness(&json!({ "httpGet": { "path": "/ready" }, "failureThreshold": 3 })),
            &["PRB04"],
        ),
        (
            "liveness asks what readiness is for",
            liveness(&json!({ "httpGet": { "path": "/ready/db" } })),
            &["PRB11"],
        ),
        (
            "liveness asks somebody else",
            liveness(&json!({ "httpGet": { "host": "db.example", "path": "/ready" } })),
            &["PRB05"],
        ),
        (
            "readiness asks somebody else",
            web(&json!({ "readinessProbe": { "httpGet": { "host": "db.example" } } })),
            &["PRB09"],
        ),
        ("a port without that name", liveness(&json!({ "httpGet": { "port": "web" } })), &["PRB06"]),
        ("a port that nobody declares", liveness(&json!({ "httpGet": { "port": 8081 } })), &["PRB12"]),
        ("one failure kills", liveness(&json!({ "failureThreshold": 1 })), &["PRB07"]),
        ("killed before it is unready", liveness(&json!({ "periodSeconds": 4 })), &["PRB07"]),
        ("an answer as long as the period", liveness(&json!({ "timeoutSeconds": 10 })), &["PRB13"]),
        (
            "a delay instead of a startup probe",
            web(&json!({ "startupProbe": null, "livenessProbe": { "initialDelaySeconds": 120 } })),
            &["PRB03"],
        ),
        (
            "no time to stop, where a hook and a probe have some",
            json!({
                "terminationGracePeriodSeconds": 0,
                "containers": [{
                    "lifecycle": { "preStop": { "sleep": { "seconds": 30 } } },
                    "livenessProbe": { "terminationGracePeriodSeconds": 10 },
                }],
            }),
            &["LCY02"],
        ),
        (
            "a hook that takes all the time",
            web(&json!({ "lifecycle": { "preStop": { "exec": { "command": ["sleep", "30"] } } } })),
            &["LCY01"],
        ),
        ("a node by its name", json!({ "nodeName": "node-7" }), &["SCH01"]),
        (
            "a node by its label",
            json!({ "nodeSelector": { "kubernetes.io/hostname": "node-7" } }),
            &["SCH06"],
        ),
        ("every taint", json!({ "tolerations": [{ "operator": "Exists" }] }), &["SCH03"]),
    ]
}

fn web(over: &Value) -> Value {
    json!({ "containers": [over] })
}

fn image(image: &str) -> Value {
    web(&json!({ "image": image }))
}

fn limits(limits: &Value) -> Value {
    web(&json!({ "resources": { "limits": limits } }))
}

fn liveness(probe: &Value) -> Value {
    web(&json!({ "livenessProbe": probe }))
}
