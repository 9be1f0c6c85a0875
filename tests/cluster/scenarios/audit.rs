//! `seawall audit`: what exists is judged as what is written.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::manifests::{collection, deployment, mutable_deployment, pod, with};
use crate::support::places;
use crate::support::scene::Scene;
use crate::support::seawall::PROGRAM;
use crate::support::wait::{PATIENCE, eventually};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("audit::every_page_is_seen", every_page_is_seen),
    ("audit::says_what_check_says_of_the_same_objects", says_what_check_says_of_the_same_objects),
    ("audit::what_may_not_be_listed_is_named", what_may_not_be_listed_is_named),
];

const POLICIES: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {AVL06: deny, IMG01: deny}
rules:
  - scope: {namespaceSelector: {matchLabels: {tier: test}}}
    policies: [IMG01]
    mode: warn
exceptions:
  - policies: [IMG01]
    scope: {namespaces: [audited], names: [known]}
    owner: scenarios
    reason: known to be so
    expires: 2999-01-01
";

/// Where the objects of a namespace are that nothing owns.
const COLLECTIONS: [&str; 6] = [
    "api/v1/configmaps",
    "api/v1/secrets",
    "api/v1/serviceaccounts",
    "apis/apps/v1/deployments",
    "apis/autoscaling/v2/horizontalpodautoscalers",
    "apis/policy/v1/poddisruptionbudgets",
];

/// What a run of `seawall` comes to.
struct Run {
    code: Option<i32>,
    lines: Vec<Value>,
    stderr: String,
}

impl Run {
    fn of(arguments: &[&str], configuration: &str) -> Result<Self> {
        let folder = places::scratch("audit-")?;
        let file = folder.path().join("seawall.yaml");
        fs::write(&file, configuration)?;
        let (command, others) = arguments.split_first().context("no command")?;
        let mut run = Command::new(PROGRAM);
        run.arg(command).args(["--output", "json", "--config"]).arg(&file).args(others);
        let output = run.env_remove("KUBECONFIG").output()?;
        let lines = String::from_utf8(output.stdout)?;
        let lines = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok(Self { code: output.status.code(), lines, stderr: String::from_utf8(output.stderr)? })
    }

    /// The findings without their place in a file, as lines in a fixed order.
    fn findings(&self) -> Vec<String> {
        let findings = self.lines.iter().filter(|line| line["policy"].is_object());
        let mut findings: Vec<_> = findings
            .map(|finding| {
                let mut finding = finding.clone();
                for key in ["file", "line", "column"] {
                    finding[key].take();
                }
                finding.to_string()
            })
            .collect();
        findings.sort();
        findings
    }

    /// The findings as policy, mode, kind and name.
    fn short(&self) -> BTreeSet<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let findings = self.lines.iter().filter(|line| line["policy"].is_object());
        let parts = |it: &Value| {
            let object = &it["object"];
            let place = format!("{}/{}", text(&object["namespace"]), text(&object["name"]));
            [text(&it["policy"]["code"]), text(&it["mode"]), text(&object["kind"]), place].join(" ")
        };
        findings.map(parts).collect()
    }

    fn totals(&self) -> &Value {
        self.lines.last().map_or(&Value::Null, |line| &line["totals"])
    }
}

fn create(cluster: &ControlPlane, namespace: &str, object: &Value) -> Result<()> {
    cluster.call(Method::POST, &collection(object, namespace), Some(object))?.success().map(drop)
}

/// A namespace with all that a namespace has, and the same objects as files: one verdict.
fn says_what_check_says_of_the_same_objects(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "audited")?;
    scene.add_namespace("audited-test", &json!({"tier": "test"}))?;
    let running = with(mutable_deployment("running"), "/spec/replicas", json!(1));
    let bare = with(pod("bare"), "/spec/containers/0/image", json!("registry.example/app"));
    let ending = with(mutable_deployment("ending"), "/metadata/finalizers", json!(["seawall.dev/scenario"]));
    let [budget, autoscaler] = at_odds();
    for object in [deployment("good"), mutable_deployment("known"), running, bare, ending, budget, autoscaler]
    {
        create(cluster, "audited", &object)?;
    }
    create(cluster, "audited-test", &mutable_deployment("tried"))?;
    let ending = "/apis/apps/v1/namespaces/audited/deployments/ending";
    cluster.call(Method::DELETE, ending, None)?.success()?;
    let pods = "/api/v1/namespaces/audited/pods";
    eventually(PATIENCE, || {
        let pods = cluster.call(Method::GET, pods, None)?.success()?.body;
        Ok((pods["items"].as_array().map(Vec::len) == Some(2)).then_some(()))
    })
    .context("the Deployment makes no Pod")?;

    let kubeconfig = cluster.kubeconfig("admin");
    let kubeconfig = kubeconfig.to_string_lossy();
    let both = ["-n", "audited", "-n", "audited-test"];
    let audit = [&["audit", "--kubeconfig", &kubeconfig], &both[..]].concat();
    let audited = Run::of(&audit, POLICIES)?;
    let expected = [
        "AVL06 deny Deployment audited/good",
        "AVL06 deny HorizontalPodAutoscaler audited/good",
        "AVL06 deny PodDisruptionBudget audited/good",
        "IMG01 audit Deployment audited/known",
        "IMG01 deny Deployment audited/ending",
        "IMG01 deny Deployment audited/running",
        "IMG01 deny Pod audited/bare",
        "IMG01 warn Deployment audited-test/tried",
    ];
    ensure!(audited.code == Some(1), "ended with {:?}: {}", audited.code, audited.stderr);
    ensure!(audited.short() == expected.map(str::to_owned).into(), "found {:#?}", audited.short());
    // The Pod and its ReplicaSet are there, and perhaps those of others.
    ensure!(audited.totals()["owned"].as_u64() >= Some(2), "judged with their owners: {}", audited.totals());

    let files = places::scratch("audited-")?;
    for namespace in ["audited", "audited-test"] {
        save(cluster, files.path(), namespace, &format!("/api/v1/namespaces/{namespace}"))?;
        for collection in COLLECTIONS {
            let (version, plural) = collection.rsplit_once('/').context("no plural")?;
            let name = format!("{namespace}-{plural}");
            save(cluster, files.path(), &name, &format!("/{version}/namespaces/{namespace}/{plural}"))?;
        }
    }
    save(cluster, files.path(), "bare", &format!("{pods}/bare"))?;
    let folder = files.path().to_string_lossy();
    let strict = "apiVersion: seawall.dev/v1\nkind: Configuration\nprofile: strict\n";
    for configuration in [POLICIES, strict] {
        let (audited, checked) =
            (Run::of(&audit, configuration)?, Run::of(&["check", &folder], configuration)?);
        let (audited, checked) = (audited.findings(), checked.findings());
        ensure!(!audited.is_empty() && audited == checked, "audit finds {audited:#?}, check {checked:#?}");
    }

    // The same without a word about namespaces: they are among all.
    let everything = Run::of(&["audit", "--kubeconfig", &kubeconfig], POLICIES)?;
    let missing: Vec<_> = audited.short().difference(&everything.short()).cloned().collect();
    ensure!(missing.is_empty(), "not found in all: {missing:?}");
    let selected = [&audit[..], &["-l", "app=bare"]].concat();
    let selected = Run::of(&selected, POLICIES)?;
    ensure!(selected.short().len() == 1 && selected.totals()["objects"] == 1, "{}", selected.totals());

    let change = json!([{"op": "remove", "path": "/metadata/finalizers"}]);
    let headers = [("Content-Type", "application/json-patch+json")];
    cluster.call_with(Method::PATCH, ending, Some(&change), &headers)?.success().map(drop)
}

/// Writes what stands at a path as a file.
fn save(cluster: &ControlPlane, folder: &Path, name: &str, path: &str) -> Result<()> {
    let body = cluster.call(Method::GET, path, None)?.success()?.body;
    Ok(fs::write(folder.join(format!("{name}.json")), body.to_string())?)
}

/// A budget and an autoscaler of a workload, which do not go together.
fn at_odds() -> [Value; 2] {
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": "good" },
        "spec": { "minAvailable": 2, "selector": { "matchLabels": { "app": "good" } } },
    });
    let autoscaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "good" },
        "spec": {
            "minReplicas": 2, "maxReplicas": 9,
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "good" },
        },
    });
    [budget, autoscaler]
}

/// Somebody with rights in one namespace, but not to one kind there: it is named, its policies are not evaluated, and
/// all others work. Kinds that the cluster does not have are no news.
fn what_may_not_be_listed_is_named(cluster: &ControlPlane) -> Result<()> {
    Scene::new(cluster, "half-audited")?;
    let [budget, autoscaler] = at_odds();
    for object in [deployment("good"), mutable_deployment("web"), budget, autoscaler] {
        create(cluster, "half-audited", &object)?;
    }
    let kubeconfig = as_somebody(cluster, "half-auditor")?;
    let nothing = Run::of(&["audit", "--kubeconfig", &kubeconfig, "-n", "half-audited"], POLICIES)?;
    ensure!(
        nothing.code == Some(2) && nothing.totals()["objects"] == 0,
        "whoever sees nothing has a clean cluster: {} {:?}",
        nothing.stderr,
        nothing.lines
    );

    let may = |verb: &str, groups: &[&str], plurals: &[&str]| -> Value {
        json!({"apiGroups": groups, "resources": plurals, "verbs": [verb]})
    };
    let core = ["pods", "podtemplates", "replicationcontrollers", "services", "persistentvolumeclaims"];
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "auditor"},
        "rules": [
            may("list", &["apps", "batch", "autoscaling"], &["*"]),
            may("list", &[""], &core),
            may("get", &[""], &["namespaces"]),
        ],
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "auditor"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "auditor"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "half-auditor"}],
    });
    create(cluster, "half-audited", &role)?;
    create(cluster, "half-audited", &binding)?;
    let run = || Run::of(&["audit", "--kubeconfig", &kubeconfig, "-n", "half-audited"], POLICIES);
    // The API server learns of new rights a moment later.
    let run = eventually(PATIENCE, || {
        let run = run()?;
        Ok((run.totals()["unlisted"] == 1).then_some(run))
    })
    .with_context(|| format!("{:#?}", run().map(|it| it.lines)))?;
    ensure!(
        run.short() == ["IMG01 deny Deployment half-audited/web".to_owned()].into(),
        "{:#?}",
        run.short()
    );
    let unlisted = run.lines.iter().find(|line| line["unlisted"].is_object()).context("nothing is named")?;
    let reason = unlisted["unlisted"]["reason"].as_str().unwrap_or_default();
    ensure!(
        unlisted["unlisted"]["kind"] == "PodDisruptionBudget" && reason.contains("half-auditor"),
        "named: {unlisted}"
    );
    ensure!(run.totals()["notEvaluated"].as_u64() >= Some(1), "guessed: {}", run.totals());
    ensure!(run.code == Some(1), "ended with {:?}", run.code);
    Ok(())
}

/// A kubeconfig of the administrator as somebody else.
fn as_somebody(cluster: &ControlPlane, name: &str) -> Result<String> {
    let admin = fs::read_to_string(cluster.kubeconfig("admin"))?;
    let mut kubeconfig: Value = serde_json::from_str(&admin)?;
    kubeconfig["users"][0]["user"]["as"] = name.into();
    kubeconfig["users"][0]["user"]["as-groups"] = json!(["system:authenticated"]);
    let path = cluster.dir().join(format!("{name}.kubeconfig"));
    fs::write(&path, kubeconfig.to_string())?;
    Ok(path.to_string_lossy().into_owned())
}

/// More objects than fit into two pages: each is judged, and judged once.
fn every_page_is_seen(cluster: &ControlPlane) -> Result<()> {
    const COUNT: usize = 1100;
    const LABELLED: &str = "
apiVersion: seawall.dev/v1
kind: Configuration
profile: none
policies: {META01: {mode: warn, params: {otherLabels: {team: []}}}}
";
    Scene::new(cluster, "paged")?;
    for number in 0..COUNT {
        let name = format!("settings-{number:04}");
        create(
            cluster,
            "paged",
            &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}),
        )?;
    }
    let kubeconfig = cluster.kubeconfig("admin");
    let run = Run::of(&["audit", "--kubeconfig", &kubeconfig.to_string_lossy(), "-n", "paged"], LABELLED)?;
    let settings = run.lines.iter().filter_map(|line| line["object"]["name"].as_str());
    let settings: Vec<_> = settings.filter(|name| name.starts_with("settings-")).collect();
    let names: BTreeSet<_> = settings.iter().collect();
    ensure!(settings.len() == COUNT && names.len() == COUNT, "{} of {}", names.len(), settings.len());
    ensure!(run.code == Some(0) && run.totals()["complete"] == true, "{:?} {}", run.code, run.totals());
    let pages = cluster.audited(|user| user == "admin")?;
    let pages = pages.iter().filter(|call| {
        (call.resource.as_str(), call.namespace.as_str()) == ("configmaps", "paged")
            && call.uri.contains("limit=500")
    });
    ensure!(pages.count() == 3, "not in three pages");
    Ok(())
}
