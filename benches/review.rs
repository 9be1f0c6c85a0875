//! What one review costs, step by step: decode, evaluate, answer.
//!
//! The bodies are AdmissionReviews as an API server sent them, read from `../shared/load/bodies` or the folder in
//! `$SEAWALL_BODIES`; without them the bench says so and measures nothing.

use std::collections::BTreeMap;
use std::future::ready;
use std::path::PathBuf;

use divan::{Bencher, black_box};
use http::{Request, Response};
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use seawall::admission::request::Review;
use seawall::admission::response::{Answer, Terms};
use seawall::admission::{ApiVersion, FailurePolicy};
use seawall::catalogue::pod_security::standards::Standard;
use seawall::cluster::{Snapshot, list_facts};
use seawall::engine::{Rules, Verdict};
use seawall::modes::{Mode, ModeTable, Origin, PolicySetting, TableSpec};
use seawall::policy::{Entry, NoFacts, Theme};
use seawall::tree::{Tree, json};
use serde_json::{Value, json};

const BODIES: [&str; 3] = ["deploy_8k", "pod_ok", "pod_bad"];

#[expect(clippy::print_stderr, reason = "this is where a bench speaks")]
fn main() {
    if body("deploy_8k").is_none() {
        eprintln!("no bodies: put AdmissionReviews into $SEAWALL_BODIES to measure");
        return;
    }
    divan::main();
}

#[expect(clippy::disallowed_methods, reason = "a bench is configured by its environment")]
fn body(name: &str) -> Option<Vec<u8>> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/load/bodies");
    let folder = std::env::var("SEAWALL_BODIES").map_or_else(|_| PathBuf::from(shared), PathBuf::from);
    std::fs::read(folder.join(name).with_extension("json")).ok()
}

fn rules(spec: &TableSpec) -> Rules {
    let Ok(table) = ModeTable::build(spec) else { panic!("the default table is valid") };
    Rules::new(table, "bench")
}

/// serde_json walking the body and keeping nothing: what no reader can beat.
#[divan::bench(args = BODIES)]
fn a_ignore(bencher: Bencher<'_, '_>, name: &str) {
    let body = body(name).unwrap_or_default();
    bencher.bench(|| serde_json::from_slice::<serde::de::IgnoredAny>(black_box(&body)).is_ok());
}

/// Body to tree, in memory that is used again.
#[divan::bench(args = BODIES)]
fn b_decode(bencher: Bencher<'_, '_>, name: &str) {
    let body = body(name).unwrap_or_default();
    let mut tree = Tree::new();
    bencher.bench_local(|| json::read_into(&mut tree, black_box(&body)).is_ok());
}

/// Body to a generic JSON value, for comparison.
#[divan::bench(args = BODIES)]
fn c_decode_to_value(bencher: Bencher<'_, '_>, name: &str) {
    let body = body(name).unwrap_or_default();
    bencher.bench(|| serde_json::from_slice::<serde_json::Value>(black_box(&body)).is_ok());
}

/// Tree to subject: the envelope, the Pod, its containers and images.
#[divan::bench(args = BODIES)]
fn d_subject(bencher: Bencher<'_, '_>, name: &str) {
    let tree = json::read(&body(name).unwrap_or_default()).unwrap_or_default();
    bencher.bench(|| Review::read(black_box(&tree), Timestamp::UNIX_EPOCH).is_ok());
}

/// Subject to verdict, with every policy that the `production` profile has on.
#[divan::bench(args = BODIES)]
fn e_evaluate_production(bencher: Bencher<'_, '_>, name: &str) {
    evaluate(bencher, name, &TableSpec::default());
}

/// Subject to verdict with all policies of one theme refusing, opt-in or not, on the Deployment of 8 KB; by the folder
/// of the theme. What a theme without policies takes is what finding out that there is nothing to do takes.
#[divan::bench(args = Theme::ALL.iter().map(|theme| theme.folder()))]
fn f_evaluate_theme(bencher: Bencher<'_, '_>, folder: &str) {
    let theme = Theme::ALL.iter().find(|theme| theme.folder() == folder);
    evaluate(bencher, "deploy_8k", &refusing(theme.map_or("all", |theme| theme.prefix())));
}

/// Subject to verdict with all policies about Pod security refusing, opt-in or not: on the Deployment of 8 KB, on a Pod
/// that keeps to most of them and on one that keeps to few.
#[divan::bench(args = BODIES)]
fn f_evaluate_pod_security(bencher: Bencher<'_, '_>, name: &str) {
    evaluate(bencher, name, &refusing("SEC"));
}

/// Subject to verdict with the whole catalogue refusing: every policy that a profile can turn on.
#[divan::bench(args = BODIES)]
fn f_evaluate_catalogue(bencher: Bencher<'_, '_>, name: &str) {
    evaluate(bencher, name, &refusing_those(|entry| !entry.meta.opt_in));
}

/// The same with all opt-in policies, some of which contradict each other: the most that an evaluation can cost.
#[divan::bench(args = BODIES)]
fn f_evaluate_everything(bencher: Bencher<'_, '_>, name: &str) {
    evaluate(bencher, name, &refusing("all"));
}

/// Subject to verdict with every policy that `production` has on, on the Deployment of 8 KB, beside so many other
/// Deployments, each with a Service, a budget and an autoscaler: twenty in a namespace, its own included.
#[divan::bench(args = [0, 100, 10_000])]
fn f_evaluate_beside(bencher: Bencher<'_, '_>, workloads: usize) {
    let tree = json::read(&body("deploy_8k").unwrap_or_default()).unwrap_or_default();
    let Ok(review) = Review::read(&tree, Timestamp::UNIX_EPOCH) else { panic!("it is a review") };
    let rules = rules(&TableSpec::default());
    let facts = known(&rules, review.subject.namespace.unwrap_or_default(), workloads);
    bencher.bench_local(|| rules.evaluate(black_box(&review.subject), &facts, &|| false).findings.len());
}

/// What a cluster with so many applications comes to.
fn known(rules: &Rules, namespace: &str, workloads: usize) -> Snapshot {
    let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for index in 0..workloads {
        let place = match index / 20 {
            0 => namespace.to_owned(),
            other => format!("namespace-{other}"),
        };
        let name = format!("app-{index}");
        let (labels, metadata) = (json!({ "app": name }), json!({ "name": name, "namespace": place }));
        let target = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": name });
        let container = json!({ "name": "app", "image": "registry.example.com/app:1.4.2" });
        let template = json!({ "metadata": { "labels": labels }, "spec": { "containers": [container] } });
        for (path, spec) in [
            ("/apis/apps/v1/deployments", json!({ "replicas": 3, "template": template })),
            ("/api/v1/services", json!({ "selector": labels, "ports": [{ "port": 80 }] })),
            (
                "/apis/policy/v1/poddisruptionbudgets",
                json!({ "maxUnavailable": 1, "selector": { "matchLabels": labels } }),
            ),
            (
                "/apis/autoscaling/v2/horizontalpodautoscalers",
                json!({ "minReplicas": 3, "maxReplicas": 9, "scaleTargetRef": target }),
            ),
        ] {
            lists.entry(path).or_default().push(json!({ "metadata": metadata, "spec": spec }));
        }
    }
    let answer = move |request: Request<Body>| {
        let items = lists.get(request.uri().path()).map(Vec::as_slice).unwrap_or_default();
        let list = json!({ "kind": "List", "apiVersion": "v1", "metadata": {}, "items": items });
        ready(Response::builder().body(Body::from(list.to_string().into_bytes())))
    };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        panic!("no runtime")
    };
    let listed = runtime.block_on(async {
        let client = Client::new(tower::service_fn(answer), "default");
        list_facts(&client, &rules.reads(), &[]).await
    });
    listed.unwrap_or_else(|error| panic!("{error}")).0
}

/// Subject to verdict with one Pod Security Standard, on the Deployment of 8 KB.
#[divan::bench(args = ["baseline", "restricted"])]
fn f_evaluate_standard(bencher: Bencher<'_, '_>, level: &str) {
    let params = serde_json::json!({ "level": level });
    evaluate(
        bencher,
        "deploy_8k",
        &TableSpec::only(Standard::POLICY, params, &Origin::default_value("bench")),
    );
}

/// The selected policies refuse with their default parameters, and no others.
fn refusing(selector: &str) -> TableSpec {
    refusing_those(|entry| entry.meta.is_selected_by(selector))
}

fn refusing_those(selects: impl Fn(&Entry) -> bool) -> TableSpec {
    let setting = |selector: &str, mode| PolicySetting {
        selector: selector.to_owned(),
        mode: Some(mode),
        params: None,
        origin: Origin::default_value("bench"),
    };
    let mut spec = TableSpec::default();
    spec.policies.push(setting("all", Mode::Off));
    for entry in seawall::catalogue::all().filter(|entry| selects(entry)) {
        spec.policies.push(setting(entry.meta.code, Mode::Deny));
    }
    spec
}

fn evaluate(bencher: Bencher<'_, '_>, name: &str, spec: &TableSpec) {
    let tree = json::read(&body(name).unwrap_or_default()).unwrap_or_default();
    let Ok(review) = Review::read(&tree, Timestamp::UNIX_EPOCH) else { panic!("{name} is a review") };
    let rules = rules(spec);
    bencher.bench_local(|| rules.evaluate(black_box(&review.subject), &NoFacts, &|| false).findings.len());
}

/// Verdict to the bytes of the answer.
#[divan::bench(args = BODIES)]
fn g_answer(bencher: Bencher<'_, '_>, name: &str) {
    let tree = json::read(&body(name).unwrap_or_default()).unwrap_or_default();
    let Ok(review) = Review::read(&tree, Timestamp::UNIX_EPOCH) else { panic!("{name} is a review") };
    let verdict: Verdict = rules(&TableSpec::default()).evaluate(&review.subject, &NoFacts, &|| false);
    let terms = Terms {
        api_version: ApiVersion::V1,
        uid: review.uid,
        kind: review.subject.group_kind.kind,
        carries_pod: true,
        failure_policy: FailurePolicy::Ignore,
        digest: "bench",
        docs_url: "",
    };
    bencher.bench(|| Answer::new(black_box(&terms), &verdict).to_json().len());
}
