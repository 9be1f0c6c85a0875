use std::convert::Infallible;
use std::sync::Mutex;

use http::{Request, Response, StatusCode};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::policy::Facts;

#[test]
fn of_a_secret_nothing_is_kept_but_what_all_objects_have() {
    let object = |kind: &Kind| {
        json!({
            "kind": kind.name,
            "metadata": {
                "name": "db", "namespace": "shop", "labels": { "app": "db" },
                "annotations": { LAST_APPLIED: "{\"data\":{\"password\":\"aHVudGVyMg==\"}}", "team": "shop" },
            },
            "type": "Opaque",
            "data": { "password": "aHVudGVyMg==" },
            "stringData": { "password": "hunter2" },
        })
    };
    for kind in [&kinds::SECRET, &kinds::CONFIG_MAP] {
        assert!(is_known_by_metadata(kind), "{}", kind.name);
        let entry = Entry::of(kind, &object(kind)).unwrap();
        let root = entry.tree.root().unwrap();
        for field in ["data", "stringData", "type"] {
            assert!(root.field(field).is_none(), "{} {field}", kind.name);
        }
        let kept = Object::view(root).unwrap();
        assert_eq!(kept.annotation("team").map(|it| *it), Some("shop"));
        assert!(kept.annotation(LAST_APPLIED).is_none());
    }
    assert!(is_known_by_metadata(&kinds::NAMESPACE) && !is_known_by_metadata(&kinds::DEPLOYMENT));
}

#[test]
fn what_a_deployment_has_made_is_said_by_it() {
    let owned_by = |kind: &str| {
        let owner = json!({ "apiVersion": "v1", "kind": kind, "name": "web", "controller": true });
        json!({ "metadata": { "name": "web-1", "ownerReferences": [owner] } })
    };
    for (kind, object, expected) in [
        (&kinds::REPLICA_SET, owned_by("Deployment"), true),
        (&kinds::REPLICA_SET, owned_by("Rollout"), false),
        (&kinds::REPLICA_SET, json!({ "metadata": { "name": "web" } }), false),
        (&kinds::STATEFUL_SET, owned_by("Deployment"), false),
    ] {
        let entry = Entry::of(kind, &object).unwrap();
        assert_eq!(entry.is_said_by_deployment(kind), expected, "{object}");
    }
}

/// An API server that answers as it is told, in this order, and then not at all; and what it was asked.
fn scripted(answers: Vec<(u16, Value)>) -> (Client, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (calls, answers) = (Arc::clone(&asked), Arc::new(Mutex::new(answers.into_iter())));
    let service = tower::service_fn(move |request: Request<Body>| {
        let verb =
            if request.uri().query().is_some_and(|it| it.contains("watch=")) { "watch" } else { "list" };
        let accepted = request.headers().get(http::header::ACCEPT).and_then(|it| it.to_str().ok());
        let is_part = accepted.is_some_and(|it| it.contains("PartialObjectMetadata"));
        let whole = if is_part { "metadata" } else { "all" };
        calls.lock().unwrap().push(format!("{verb} {whole}"));
        let next = answers.lock().unwrap().next();
        async move {
            let Some((status, answer)) = next else { return std::future::pending().await };
            let body = Body::from(answer.to_string().into_bytes());
            Ok::<_, Infallible>(
                Response::builder().status(StatusCode::from_u16(status).unwrap()).body(body).unwrap(),
            )
        }
    });
    (Client::new(service, "seawall"), asked)
}

fn list(names: &[&str]) -> (u16, Value) {
    let items: Vec<_> =
        names.iter().map(|name| json!({ "metadata": { "name": name, "namespace": "shop" } })).collect();
    let metadata = json!({ "resourceVersion": "7" });
    (200, json!({ "kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items }))
}

fn refusal(code: u16) -> (u16, Value) {
    (
        code,
        json!({ "kind": "Status", "status": "Failure", "code": code, "message": "not yours", "reason": "Forbidden" }),
    )
}

/// Watches by a script.
struct Scene {
    states: UnboundedReceiver<WatchState>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    asked: Arc<Mutex<Vec<String>>>,
    _wanted: watch::Sender<Vec<&'static Kind>>,
}

impl Scene {
    fn of(kind: &'static Kind, answers: Vec<(u16, Value)>) -> Self {
        let (client, asked) = scripted(answers);
        let (wanted, wants) = watch::channel(vec![kind]);
        let snapshot = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
        let (told, states) = unbounded_channel();
        let watches =
            Watches { client, rest: Duration::from_millis(1), kinds: Vec::new(), events: Streams::default() };
        let running = watches.run(wants, Arc::clone(&snapshot), move |_, state| drop(told.send(state)));
        #[expect(clippy::disallowed_methods, reason = "ends with the test")]
        tokio::spawn(running);
        Self { states, snapshot, asked, _wanted: wanted }
    }

    /// Waits for these states, and for others in between: changes are gathered, and a list that is refused at once may
    /// not be told at all.
    async fn says(&mut self, expected: &[&str]) {
        for expected in expected {
            loop {
                let said = match self.states.recv().await.unwrap() {
                    WatchState::Synced { objects } => format!("{objects} objects"),
                    WatchState::Failing { error, .. } => error,
                    state => format!("{state:?}"),
                };
                if said == *expected {
                    break;
                }
            }
        }
    }

    fn known(&self, kind: &'static Kind) -> Option<usize> {
        let snapshot = self.snapshot.load();
        let facts: &dyn Facts = snapshot.as_ref();
        facts.objects(kind, Some("shop")).ok().map(|objects| objects.len())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn secrets_are_asked_for_by_metadata() {
    let mut scene = Scene::of(&kinds::SECRET, vec![list(&["db"]), refusal(403), list(&["db"])]);
    scene.says(&["Started", "not yours", "1 objects"]).await;
    assert_eq!(scene.asked()[..3], ["list metadata", "watch metadata", "list metadata"]);
}

#[tokio::test]
async fn what_was_forgotten_is_listed_again() {
    let script = vec![list(&["a", "b"]), refusal(403), list(&["a", "b", "c"])];
    let mut scene = Scene::of(&kinds::SERVICE, script);
    scene.says(&["Started", "not yours", "3 objects"]).await;
    assert_eq!(scene.asked()[..3], ["list all", "watch all", "list all"]);
    assert_eq!(scene.known(&kinds::SERVICE), Some(3));
}

#[tokio::test]
async fn nothing_is_known_while_it_is_refused() {
    let mut scene = Scene::of(&kinds::SERVICE, vec![list(&["a"]), refusal(403), refusal(403)]);
    scene.says(&["Started", "not yours", "not yours"]).await;
    while scene.known(&kinds::SERVICE).is_some() {
        sleep(GATHER).await;
    }
}

#[tokio::test]
async fn a_kind_may_be_installed_later() {
    let mut scene = Scene::of(&kinds::SCALED_OBJECT, vec![refusal(404), list(&["web"])]);
    scene.says(&["Started", "0 objects", "1 objects"]).await;
    assert_eq!(scene.known(&kinds::SCALED_OBJECT), Some(1));
}
