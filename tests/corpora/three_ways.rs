//! The same objects judged three ways: `check` has them as a set of files, `audit` finds them in a cluster, and the webhook
//! is asked about each while it knows the others. What is found is the same.
//!
//! The cluster is one that answers lists with these objects; everything behind it is what runs in production.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{pending, ready};
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use seawall::admission::request::Review;
use seawall::audit::{Audited, Beside, Pace, Scope, Sink, scan};
use seawall::catalogue;
use seawall::cluster::{Snapshot, list_facts, resource_of};
use seawall::config::{self, Overrides};
use seawall::engine::{Rules, Verdict};
use seawall::manifests::{self, ManifestSet};
use seawall::object::kinds::{self, Kind};
use seawall::object::meta::group_of;
use seawall::policy::Needs;
use seawall::tree::json as reader;
use serde_json::{Value, json};

use crate::webhook::now;

/// Who says something else than `check`, about what and why. All other policies are held to find the same.
const DIFFERENCES: [(&str, &str, &str); 9] = [
    ("audit", "NET06", "bare Pods are known of files, and are not watched for a hint of low severity"),
    ("the webhook", "NET06", "the same"),
    ("the webhook", "NET20", "said of the workload that is written; elsewhere once, of the Namespace"),
    ("the webhook", "NSP05", "the same"),
    ("the webhook", "NSP06", "the same"),
    ("the webhook", "NSP10", "the same"),
    ("the webhook", "NET19", "silent where the one before speaks of the same object"),
    (
        "the webhook",
        "NET23",
        "said of the workload too, because it may be the later of the two; elsewhere of the policy",
    ),
    ("the webhook", "NET27", "said of the Namespace too, for the same reason"),
];

/// What files say, and objects that are stored or sent do not say any more, or the other way round.
const OF_FILES: [(&str, &str); 2] = [
    ("AVL15", "the API server fills `replicas` in, so that only an annotation tells who set it"),
    ("CFG22", "Secrets do not belong into files, so that none is missed there"),
];

/// Kind, namespace and name of an object, and code, path and message of what is found in it.
type Found = BTreeSet<[String; 6]>;

/// The objects of a case, if it has several.
pub(crate) fn run(row: &Value) -> Result<(), String> {
    compare(row).map(drop)
}

/// How much is found, each way the same.
fn compare(row: &Value) -> Result<usize, String> {
    let one = std::slice::from_ref(&row["object"]);
    let objects = [row["objects"].as_array().map_or(one, Vec::as_slice), beside(row)].concat();
    let objects = settled(&objects);
    if objects.len() < 2 {
        return Ok(0);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let (in_files, in_cluster, asked) = runtime.block_on(async {
        let client = cluster(&objects);
        let facts = list_facts(&client, &rules().reads(), &[]).await.map_err(|it| it.to_string())?.0;
        Ok::<_, String>((checked(&objects), audited(&client, &facts).await?, reviewed(&objects, &facts)?))
    })?;
    for (other, found) in [("audit", &in_cluster), ("the webhook", &asked)] {
        let is_meant = |it: &&[String; 6]| {
            let differs = DIFFERENCES.iter().any(|(who, code, _)| *who == other && *code == it[3]);
            !differs && !OF_FILES.iter().any(|(code, _)| *code == it[3])
        };
        let only = |these: &Found, those: &Found| {
            these.difference(those).filter(is_meant).cloned().collect::<Vec<_>>()
        };
        let (here, there) = (only(&in_files, found), only(found, &in_files));
        if !here.is_empty() || !there.is_empty() {
            return Err(format!("`check` alone finds {here:?}, {other} alone {there:?}"));
        }
    }
    Ok(in_files.len())
}

fn beside(row: &Value) -> &[Value] {
    row["inventory"].as_array().map_or(&[], Vec::as_slice)
}

/// Every policy that has an answer without anybody who writes.
fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let judging = catalogue::all().filter(|entry| entry.meta.needs != Needs::Request);
        let select = judging.map(|entry| entry.meta.code.to_owned()).collect();
        let overrides = Overrides { select, ..Overrides::default() };
        let loaded = config::load(None, &overrides, now());
        let config = loaded.unwrap_or_else(|errors| panic!("{errors}")).config;
        Rules::new(config.table, config.digest.to_string())
    })
}

/// Objects as a cluster could have them: of kinds that it has, in the version that it stores, in a namespace, and no two of
/// one name. What an owner keeps is left out, because an audit judges the owner.
fn settled(objects: &[Value]) -> Vec<(&'static Kind, Value)> {
    let mut settled: BTreeMap<(String, String, String), (&'static Kind, Value)> = BTreeMap::new();
    for object in objects {
        let mut object = object.clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (version, name) = (text(&object["apiVersion"]), text(&object["metadata"]["name"]));
        let Some(kind) = kinds::find(group_of(&version), &text(&object["kind"])) else { continue };
        if kind.plural.is_empty() || name.is_empty() || object["metadata"]["ownerReferences"].is_array() {
            continue;
        }
        object["apiVersion"] = kind.api_version().into();
        let Some(metadata) = object["metadata"].as_object_mut() else { continue };
        if kind.namespaced {
            metadata.entry("namespace").or_insert_with(|| "default".into());
        } else {
            metadata.shift_remove("namespace");
        }
        let place = (kind.name.to_owned(), text(&object["metadata"]["namespace"]), name);
        settled.entry(place).or_insert((kind, object));
    }
    settled.into_values().collect()
}

/// An API server that has these objects and nothing else.
fn cluster(objects: &[(&'static Kind, Value)]) -> Client {
    let mut lists: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (kind, object) in objects {
        let mut item = object.clone();
        // Items of lists do not say what they are.
        if let Some(item) = item.as_object_mut() {
            item.retain(|key, _| key != "apiVersion" && key != "kind");
        }
        let resource = resource_of(kind);
        let root = if resource.group.is_empty() { "api" } else { "apis" };
        lists.entry(format!("/{root}/{}/{}", resource.api_version, resource.plural)).or_default().push(item);
    }
    let lists = Arc::new(lists);
    let service = tower::service_fn(move |request: Request<Body>| {
        let items = lists.get(request.uri().path()).map(Vec::as_slice).unwrap_or_default();
        let list = json!({ "kind": "List", "apiVersion": "v1", "metadata": {}, "items": items });
        ready(Response::builder().body(Body::from(list.to_string().into_bytes())))
    });
    Client::new(service, "default")
}

fn checked(objects: &[(&'static Kind, Value)]) -> Found {
    let text = objects.iter().map(|(_, object)| object.to_string()).collect::<Vec<_>>().join("\n");
    let set = ManifestSet::read(&["-".into()], &mut text.as_bytes());
    let mut found = Found::new();
    for checked in manifests::check(&set, rules(), None, now()) {
        let place =
            [checked.root.kind, checked.namespace.unwrap_or_default(), checked.name.unwrap_or_default()];
        note(&mut found, place, &checked.verdict);
    }
    found
}

async fn audited(client: &Client, facts: &Snapshot) -> Result<Found, String> {
    struct Noted(Found);
    impl Sink for Noted {
        fn take(&mut self, audited: &Audited<'_>) -> ControlFlow<()> {
            let Audited { kind, namespace, name, verdict, .. } = audited;
            note(&mut self.0, [kind, namespace.unwrap_or_default(), name.unwrap_or_default()], verdict);
            ControlFlow::Continue(())
        }
    }
    let (beside, mut noted) = (Beside { facts, now: now() }, Noted(Found::new()));
    let (scope, pace) = (Scope::default(), Pace::default());
    let summary = scan(client, rules(), beside, &scope, pace, &mut noted, pending()).await;
    if summary.is_cut || !summary.unlisted.is_empty() {
        return Err(format!("the audit did not see everything: {summary:?}"));
    }
    Ok(noted.0)
}

/// As if each object were written again while all are there: what is missing is then not on its way.
fn reviewed(objects: &[(&'static Kind, Value)], facts: &Snapshot) -> Result<Found, String> {
    let mut found = Found::new();
    for (kind, object) in
        objects.iter().filter(|(kind, _)| kind.asked || kind.plural.ends_with("configurations"))
    {
        let (namespace, name) = (&object["metadata"]["namespace"], &object["metadata"]["name"]);
        let review = json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {
                "uid": "1", "operation": "CREATE",
                "kind": { "group": kind.group, "version": kind.version, "kind": kind.name },
                "resource": { "group": kind.group, "version": kind.version, "resource": kind.plural },
                "name": name, "namespace": namespace, "userInfo": { "username": "ann" }, "object": object,
            },
        });
        let tree = reader::read(review.to_string().as_bytes()).map_err(|error| error.to_string())?;
        let review = Review::read(&tree, now()).map_err(|error| error.to_string())?;
        let verdict = rules().evaluate(&review.subject, facts, &|| false);
        let place =
            [kind.name, review.subject.namespace.unwrap_or_default(), name.as_str().unwrap_or_default()];
        note(&mut found, place, &verdict);
    }
    Ok(found)
}

fn note(found: &mut Found, place: [&str; 3], verdict: &Verdict) {
    let [kind, namespace, name] = place.map(str::to_owned);
    let of = |code: &str, path: &str, message: &str| {
        let later = ["not seen yet", "unless that goes now", "unless an autoscaler follows"];
        let later = later.iter().find_map(|later| message.strip_suffix(later)?.strip_suffix(": "));
        let message = later.unwrap_or(message);
        [kind.clone(), namespace.clone(), name.clone(), code.to_owned(), path.to_owned(), message.to_owned()]
    };
    found.extend(verdict.findings.iter().map(|it| of(it.policy.code, it.path(), it.message())));
    found.extend(verdict.not_evaluated.iter().map(|it| of(it.policy.code, "not evaluated", "")));
    found.extend(verdict.panicked.iter().map(|(policy, _)| of(policy.code, "panicked", "")));
    found.extend(verdict.malformed.iter().map(|it| of("INVALID", &it.path, "")));
}

/// The cases of our own: the objects of every fixture of a policy that needs other objects.
pub(crate) fn run_our_own() -> Result<(), String> {
    let asking = catalogue::all().filter(|entry| entry.meta.needs == Needs::Facts);
    let (mut found, mut wrong) = (0, Vec::new());
    for entry in asking {
        let path = format!("{}/tests/policies/{}.yaml", env!("CARGO_MANIFEST_DIR"), entry.meta.name);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        for document in seawall::tree::yaml::read(&text) {
            let document = document.map_err(|error| error.to_string())?;
            let cases = document.tree.root().map(reader::to_value).unwrap_or_default();
            for (index, case) in cases.as_array().into_iter().flatten().enumerate() {
                match compare(case) {
                    Ok(count) => found += count,
                    Err(error) => wrong.push(format!("{} {index}: {error}", entry.meta.name)),
                }
            }
        }
    }
    if wrong.is_empty() && found < 1000 {
        return Err(format!("only {found} findings to compare: the cases are not read"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
