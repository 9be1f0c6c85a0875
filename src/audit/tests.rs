use std::collections::BTreeMap;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};

use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::*;
use crate::cluster::list_facts;
use crate::modes::{ModeTable, Origin, TableSpec};
use crate::object::key::Key;
use crate::object::kinds;
use crate::object::workload::Workload;
use crate::policy::{Facts, NoFacts, Within};

/// Rules of one policy, about mutable tags.
fn rules(change: impl FnOnce(&mut TableSpec)) -> Rules {
    let mut spec = TableSpec::default();
    spec.select(&["IMG01".to_owned()], &Origin::flag("--select"));
    change(&mut spec);
    Rules::new(ModeTable::build(&spec).unwrap(), "test")
}

/// An API server by what it has: for each path a list, or a refusal with this code.
#[derive(Default)]
struct Cluster {
    lists: BTreeMap<&'static str, Vec<Value>>,
    refusals: BTreeMap<&'static str, u16>,
    asked: Mutex<Vec<String>>,
}

const PODS: &str = "/api/v1/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";
const REPLICA_SETS: &str = "/apis/apps/v1/replicasets";

impl Cluster {
    fn client(self: &Arc<Self>) -> Client {
        let cluster = Arc::clone(self);
        let service = tower::service_fn(move |request: Request<Body>| ready(cluster.answer(request.uri())));
        Client::new(service, "seawall")
    }

    fn answer(&self, uri: &http::Uri) -> Result<Response<Body>, std::io::Error> {
        let (path, query) = (uri.path(), uri.query().unwrap_or_default().trim_start_matches('&'));
        self.asked.lock().unwrap().push(format!("{path}?{query}"));
        let of_query = |name: &str| {
            let mut fields = query.split('&').filter_map(|field| field.split_once('='));
            fields.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse::<usize>().ok())
        };
        let (code, body) = match self.refusals.get(path) {
            Some(0) => return Err(std::io::Error::other("connection reset")),
            Some(code) => (*code, json!({ "kind": "Status", "code": code, "message": "not yours" })),
            None => {
                let items = self.lists.get(path).map(Vec::as_slice).unwrap_or_default();
                let (from, size) =
                    (of_query("continue").unwrap_or(0), of_query("limit").unwrap_or(usize::MAX));
                let to = from.saturating_add(size).min(items.len());
                let token = if to < items.len() { to.to_string() } else { String::new() };
                let metadata = json!({ "continue": token, "remainingItemCount": items.len() - to });
                (200, json!({ "kind": "List", "metadata": metadata, "items": items[from..to] }))
            }
        };
        let body = Body::from(body.to_string().into_bytes());
        Ok(Response::builder().status(StatusCode::from_u16(code).unwrap()).body(body).unwrap())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// An object with a mutable tag, and its owner.
fn bad(name: &str, path: &str, owner: Option<(&str, &str)>) -> Value {
    let pod = json!({ "containers": [{ "name": "app", "image": "app:latest" }] });
    let mut object = json!({ "metadata": { "name": name, "namespace": "shop" } });
    if let Some((version, kind)) = owner {
        let owner = json!({ "apiVersion": version, "kind": kind, "name": "it", "controller": true });
        object["metadata"]["ownerReferences"] = json!([owner]);
    }
    object["spec"] = if path == PODS { pod } else { json!({ "template": { "spec": pod } }) };
    object
}

/// What an application and some others look like.
fn lived_in() -> Cluster {
    let lists = [
        (DEPLOYMENTS, vec![bad("web", DEPLOYMENTS, None)]),
        (
            REPLICA_SETS,
            vec![
                bad("rollout-1", REPLICA_SETS, Some(("argoproj.io/v1alpha1", "Rollout"))),
                bad("web-1", REPLICA_SETS, Some(("apps/v1", "Deployment"))),
            ],
        ),
        (
            PODS,
            vec![
                bad("by-hand", PODS, None),
                bad("of-a-node", PODS, Some(("v1", "Node"))),
                bad("of-another", PODS, Some(("example.com/v1", "ReplicaSet"))),
                bad("web-1-a", PODS, Some(("apps/v1", "ReplicaSet"))),
            ],
        ),
    ];
    Cluster { lists: lists.into(), ..Cluster::default() }
}

/// Keeps the names of objects with findings, and breaks after so many.
struct Names {
    found: Vec<String>,
    judged: usize,
    stop_after: usize,
    stopped: Arc<Notify>,
    breaks: bool,
}

impl Names {
    fn new() -> Self {
        Self { found: Vec::new(), judged: 0, stop_after: usize::MAX, stopped: Arc::default(), breaks: false }
    }
}

impl Sink for Names {
    fn take(&mut self, audited: &Audited<'_>) -> ControlFlow<()> {
        self.judged += 1;
        let Audited { kind, namespace, name, verdict, .. } = audited;
        if !verdict.findings.is_empty() {
            self.found.push(format!("{kind} {}/{}", namespace.unwrap_or_default(), name.unwrap_or_default()));
        }
        if self.judged == self.stop_after {
            self.stopped.notify_one();
            if self.breaks {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

const BESIDE: Beside<'_> = Beside { facts: &NoFacts, now: Timestamp::UNIX_EPOCH };

async fn audited(cluster: &Arc<Cluster>, rules: &Rules, scope: &Scope) -> (Vec<String>, Summary) {
    let mut names = Names::new();
    let summary = scan(&cluster.client(), rules, BESIDE, scope, Pace::default(), &mut names, pending()).await;
    assert_eq!(summary.objects, names.judged);
    (names.found, summary)
}

#[tokio::test]
async fn the_template_is_the_decision_where_it_was_judged() {
    const ROLLOUT: &str = "ReplicaSet shop/rollout-1";
    const HAND: [&str; 3] = ["Pod shop/by-hand", "Pod shop/of-a-node", "Pod shop/of-another"];
    let whole = [&["Deployment shop/web", ROLLOUT], &HAND[..]].concat();
    let no_sets = [&["Deployment shop/web"], &HAND[..], &["Pod shop/web-1-a"]].concat();
    let no_deployments = [&[ROLLOUT, "ReplicaSet shop/web-1"], &HAND[..]].concat();
    let all = [&["Deployment shop/web", ROLLOUT, "ReplicaSet shop/web-1"], &HAND[..], &["Pod shop/web-1-a"]]
        .concat();
    let refused = |kind: &str| {
        vec![Unlisted { kind: kind.to_owned(), error: ListError::Refused("not yours".to_owned()) }]
    };
    for (refusal, is_enforced, found, owned, unlisted) in [
        (None, false, &whole, 2, vec![]),
        (Some((REPLICA_SETS, 403)), false, &no_sets, 0, refused("ReplicaSet")),
        (Some((DEPLOYMENTS, 403)), false, &no_deployments, 1, refused("Deployment")),
        (Some((DEPLOYMENTS, 404)), false, &no_deployments, 1, vec![]),
        (None, true, &all, 0, vec![]),
    ] {
        let mut cluster = lived_in();
        cluster.refusals.extend(refusal);
        // Whether it is there is asked for besides.
        cluster.refusals.extend(refusal.filter(|(_, code)| *code == 403).map(|_| ("/apis/apps/v1", 403)));
        let rules = rules(|spec| spec.enforce_pods_of_controllers = is_enforced);
        let (names, summary) = audited(&Arc::new(cluster), &rules, &Scope::default()).await;
        assert_eq!(
            (&names, summary.owned),
            (&found.iter().map(|it| (*it).to_owned()).collect(), owned),
            "{refusal:?}"
        );
        assert_eq!((summary.unlisted, summary.is_cut), (unlisted, false), "{refusal:?}");
    }
}

#[tokio::test]
async fn only_what_is_in_scope_is_asked_for() {
    let carriers = "cronjobs jobs daemonsets statefulsets deployments replicasets replicationcontrollers \
                    podtemplates pods";
    let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let everywhere = Scope::default();
    let without = Scope { left_out: names(&["kube-system", "guards"]), ..Scope::default() };
    let within =
        Scope { namespaces: names(&["bank", "shop"]), labels: Some("app=web".to_owned()), ..without.clone() };
    let left_out =
        "fieldSelector=metadata.namespace%21%3Dkube-system%2Cmetadata.namespace%21%3Dguards&limit=500";
    for (scope, expected) in [
        (&everywhere, vec![("pods".to_owned(), "limit=500")]),
        (&without, vec![("pods".to_owned(), left_out)]),
        (
            &within,
            vec![
                ("namespaces/bank/pods".to_owned(), "labelSelector=app%3Dweb&limit=500"),
                ("namespaces/shop/pods".to_owned(), "labelSelector=app%3Dweb&limit=500"),
            ],
        ),
    ] {
        let cluster = Arc::new(Cluster::default());
        let (_, summary) = audited(&cluster, &rules(|_| ()), scope).await;
        let mut queries: Vec<_> = cluster.asked();
        let kinds = queries.iter().filter_map(|uri| uri.split(['?', '/']).nth_back(1).map(str::to_owned));
        let mut kinds: Vec<_> = kinds.collect();
        kinds.dedup();
        assert_eq!(kinds.join(" "), carriers, "those that own others come first");
        queries.retain(|uri| uri.starts_with("/api/v1/") && uri.contains("pods?"));
        let expected: Vec<_> =
            expected.iter().map(|(path, query)| format!("/api/v1/{path}?{query}")).collect();
        assert_eq!((queries, summary.objects), (expected, 0));
    }
}

#[test]
fn namespaces_are_in_scope_with_what_is_in_them() {
    let mut spec = TableSpec::default();
    spec.select(&["all".to_owned()], &Origin::flag("--select"));
    let rules = Rules::new(ModeTable::build(&spec).unwrap(), "test");
    let kinds =
        |scope: &Scope| -> Vec<_> { scope.targets(&rules).iter().filter_map(|it| it.known).collect() };
    let all = kinds(&Scope::default());
    assert!(
        all.contains(&&kinds::CLUSTER_ROLE)
            && all.contains(&&kinds::NAMESPACE)
            && all.contains(&&kinds::SECRET)
    );
    // Nothing that only arrives for a subresource exists.
    assert!(all.iter().all(|kind| !kind.plural.is_empty()));
    let mut scope = Scope { namespaces: vec!["shop".to_owned()], ..Scope::default() };
    let within = kinds(&scope);
    assert!(within.iter().all(|kind| kind.namespaced || **kind == kinds::NAMESPACE), "{within:?}");
    assert!(within.contains(&&kinds::NAMESPACE));
    // Nobody can say of a single object that is asked for by its name which labels it must have.
    scope.labels = Some("app=web".to_owned());
    assert!(!kinds(&scope).contains(&&kinds::NAMESPACE));
}

#[tokio::test]
async fn declared_workloads_are_judged_too() {
    const ROLLOUTS: &str = "/apis/argoproj.io/v1alpha1/rollouts";
    let declared = Workload {
        group: "argoproj.io".to_owned(),
        version: "v1alpha1".to_owned(),
        kind: "Rollout".to_owned(),
        plural: "rollouts".to_owned(),
        pod_template: vec!["spec".to_owned(), "template".to_owned()],
    };
    let lists = [(ROLLOUTS, vec![bad("web", ROLLOUTS, None)])].into();
    let cluster = Arc::new(Cluster { lists, ..Cluster::default() });
    let rules = rules(|spec| spec.workloads = [declared].into_iter().collect());
    let (names, _) = audited(&cluster, &rules, &Scope::default()).await;
    assert_eq!(names, ["Rollout shop/web"]);
}

#[tokio::test]
async fn every_page_is_judged_and_held_alone() {
    let pods: Vec<_> = (0..1100).map(|number| bad(&format!("web-{number:04}"), PODS, None)).collect();
    let cluster = Arc::new(Cluster { lists: [(PODS, pods)].into(), ..Cluster::default() });
    let (names, summary) = audited(&cluster, &rules(|_| ()), &Scope::default()).await;
    assert_eq!((names.len(), summary.objects), (1100, 1100));
    assert!(names.is_sorted(), "each once");
    let asked: Vec<_> = cluster.asked().into_iter().filter(|uri| uri.starts_with(PODS)).collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
}

#[tokio::test]
async fn who_asks_it_to_stop_is_heard() {
    for (breaks, after) in [(true, 700), (false, 700)] {
        let pods = (0..1100).map(|number| bad(&format!("web-{number:04}"), PODS, None)).collect();
        let cluster = Arc::new(Cluster { lists: [(PODS, pods)].into(), ..Cluster::default() });
        let mut names = Names { stop_after: after, breaks, ..Names::new() };
        let stopped = Arc::clone(&names.stopped);
        let stop = async move { if breaks { pending().await } else { stopped.notified().await } };
        let (rules, scope) = (rules(|_| ()), Scope::default());
        let summary =
            scan(&cluster.client(), &rules, BESIDE, &scope, Pace::default(), &mut names, stop).await;
        assert!(summary.is_cut);
        assert!(summary.objects >= after && summary.objects <= after + AT_ONCE, "{}", summary.objects);
    }
    let cluster = Arc::new(lived_in());
    let (rules, scope) = (rules(|_| ()), Scope::default());
    let mut names = Names::new();
    let summary =
        scan(&cluster.client(), &rules, BESIDE, &scope, Pace::default(), &mut names, ready(())).await;
    assert_eq!((summary.is_cut, cluster.asked()), (true, vec![]));
}

#[tokio::test]
async fn a_server_that_is_gone_ends_it() {
    let mut cluster = lived_in();
    cluster.refusals.insert(REPLICA_SETS, 0);
    let cluster = Arc::new(cluster);
    let (names, summary) = audited(&cluster, &rules(|_| ()), &Scope::default()).await;
    assert_eq!(names, ["Deployment shop/web"]);
    let [Unlisted { kind, error: ListError::Unreachable(_) }] = summary.unlisted.as_slice() else {
        panic!("{summary:?}")
    };
    assert_eq!((kind.as_str(), summary.is_cut), ("ReplicaSet", true));
    assert!(!cluster.asked().iter().any(|uri| uri.starts_with(PODS)));
}

#[tokio::test]
async fn what_is_known_is_listed_once() {
    let secret =
        json!({ "metadata": { "name": "db", "namespace": "shop" }, "data": { "password": "aHVudGVyMg==" } });
    let lists = [
        ("/api/v1/secrets", vec![secret]),
        (REPLICA_SETS, lived_in().lists[REPLICA_SETS].clone()),
        ("/api/v1/namespaces", vec![json!({ "metadata": { "name": "shop", "labels": { "tier": "live" } } })]),
    ];
    let refusals = [("/api/v1/services", 403), ("/apis/keda.sh/v1alpha1/scaledobjects", 404)];
    let cluster = Arc::new(Cluster { lists: lists.into(), refusals: refusals.into(), ..Cluster::default() });
    let asked =
        [&kinds::SECRET, &kinds::REPLICA_SET, &kinds::NAMESPACE, &kinds::SERVICE, &kinds::SCALED_OBJECT];
    let (snapshot, unlisted) = list_facts(&cluster.client(), &asked, &[]).await.unwrap();
    let facts: &dyn Facts = &snapshot;
    let names = |kind| {
        let objects = facts.objects(kind, Some("shop")).ok()?;
        Some(objects.iter().filter_map(|it| it.name()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(names(&kinds::SECRET).as_deref(), Some("db"));
    let secrets = facts.objects(&kinds::SECRET, Some("shop")).unwrap();
    assert!(
        secrets[0].node().field("data").is_none(),
        "of a Secret nothing is kept but what all objects have"
    );
    assert_eq!(
        names(&kinds::REPLICA_SET).as_deref(),
        Some("rollout-1"),
        "the Deployment says it of the other"
    );
    assert_eq!(names(&kinds::SCALED_OBJECT).as_deref(), Some(""), "nobody has them");
    assert_eq!(names(&kinds::SERVICE), None, "nobody knows");
    assert_eq!(facts.namespace("shop").unwrap().label("tier").map(|it| *it), Some("live"));
    let refused = ListError::Refused("not yours".to_owned());
    assert_eq!(unlisted, [Unlisted { kind: "Service".to_owned(), error: refused }]);
}

#[tokio::test]
async fn of_what_is_not_in_scope_nothing_is_known() {
    let service = |name: &str| json!({ "metadata": { "name": name, "namespace": "shop" } });
    let lists = [
        ("/api/v1/namespaces/shop/services", vec![service("web")]),
        ("/api/v1/persistentvolumes", vec![json!({ "metadata": { "name": "disk" } })]),
    ];
    let cluster = Arc::new(Cluster { lists: lists.into(), ..Cluster::default() });
    let asked = [&kinds::SERVICE, &kinds::PERSISTENT_VOLUME, &kinds::NAMESPACE];
    let (snapshot, _) = list_facts(&cluster.client(), &asked, &["shop".to_owned()]).await.unwrap();
    let facts: &dyn Facts = &snapshot;
    let found = |kind, within, name: Option<&'static str>| {
        facts.find(kind, within, name.map(Key::Name)).ok().map(|objects| objects.len())
    };
    for (kind, within, name, expected) in [
        (&kinds::SERVICE, Within::Namespace(Some("shop")), None, Some(1)),
        (&kinds::SERVICE, Within::Namespace(Some("bank")), None, None),
        (&kinds::SERVICE, Within::Cluster, None, None),
        (&kinds::PERSISTENT_VOLUME, Within::Namespace(None), None, Some(1)),
        (&kinds::NAMESPACE, Within::Namespace(None), Some("bank"), None),
        (&kinds::NAMESPACE, Within::Namespace(None), None, None),
    ] {
        assert_eq!(found(kind, within, name), expected, "{} {within:?} {name:?}", kind.name);
    }
    assert!(facts.namespace("bank").is_err());
}

#[test]
fn it_can_run_on_any_thread() {
    fn is_send<T: Send>(_: T) {}
    let (cluster, rules, scope) = (Arc::new(Cluster::default()), rules(|_| ()), Scope::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _entered = runtime.enter();
    let (client, mut names) = (cluster.client(), Names::new());
    is_send(scan(&client, &rules, BESIDE, &scope, Pace::default(), &mut names, pending()));
}
