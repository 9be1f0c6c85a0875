use std::convert::Infallible;
use std::sync::Mutex;

use http::{Request, Response, StatusCode};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::Mutex as AsyncMutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::sleep;

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
        let entry = Entry::of(kind, object(kind)).unwrap();
        let root = entry.tree.root().unwrap();
        for field in ["data", "stringData", "type"] {
            assert!(root.field(field).is_none(), "{} {field}", kind.name);
        }
        let kept = Object::view(root).unwrap();
        assert_eq!(kept.label("app").map(|it| *it), Some("db"));
        assert!(kept.annotation("team").is_none() && kept.annotation(LAST_APPLIED).is_none());
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
        let entry = Entry::of(kind, object.clone()).unwrap();
        assert_eq!(entry.is_said_by_deployment(kind), expected, "{object}");
    }
}

#[test]
fn what_is_no_object_is_not_kept() {
    for (value, expected) in [
        (json!("web"), false),
        (json!(["web"]), false),
        (json!(null), false),
        (json!({ "metadata": "web" }), true),
        (json!({ "metadata": { "annotations": 7 } }), true),
    ] {
        assert_eq!(Entry::of(&kinds::SERVICE, value.clone()).is_some(), expected, "{value}");
    }
}

/// What an API server answers: a status and a body.
type Answer = (u16, String);

/// An API server that answers when it is told to, and what it was asked.
fn prompted(answers: UnboundedReceiver<Answer>) -> (Client, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (calls, answers) = (Arc::clone(&asked), Arc::new(AsyncMutex::new(answers)));
    let service = tower::service_fn(move |request: Request<Body>| {
        let query = request.uri().query().unwrap_or_default();
        let verb = match (query.contains("watch="), query.contains("sendInitialEvents=")) {
            (true, true) => "stream",
            (true, false) => "watch",
            _ => "list",
        };
        let accepted = request.headers().get(http::header::ACCEPT).and_then(|it| it.to_str().ok());
        let is_part = accepted.is_some_and(|it| it.contains("PartialObjectMetadata"));
        let whole = if is_part { "metadata" } else { "all" };
        calls.lock().unwrap().push(format!("{verb} {whole}"));
        let answers = Arc::clone(&answers);
        async move {
            let next = answers.lock().await.recv().await;
            let Some((status, answer)) = next else { return std::future::pending().await };
            let body = Body::from(answer.into_bytes());
            Ok::<_, Infallible>(
                Response::builder().status(StatusCode::from_u16(status).unwrap()).body(body).unwrap(),
            )
        }
    });
    (Client::new(service, "seawall"), asked)
}

fn object(name: &str) -> Value {
    json!({ "metadata": { "name": name, "namespace": "shop", "resourceVersion": "7" } })
}

/// A page of a list, and the token for the next one.
fn page(names: &[&str], next: &str) -> Answer {
    let items: Vec<_> = names.iter().map(|name| object(name)).collect();
    let metadata = json!({ "resourceVersion": "7", "continue": next });
    let list = json!({ "kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items });
    (200, list.to_string())
}

/// A watch that ends after these events.
fn events(events: &[(&str, Value)]) -> Answer {
    let lines =
        events.iter().map(|(kind, object)| json!({ "type": kind, "object": object }).to_string() + "\n");
    (200, lines.collect())
}

/// A watch that begins with all objects, and ends after them.
fn stream(names: &[&str]) -> Answer {
    let annotations = json!({ "k8s.io/initial-events-end": "true" });
    let end = json!({
        "kind": "Service", "apiVersion": "v1",
        "metadata": { "resourceVersion": "7", "annotations": annotations },
    });
    let added = names.iter().map(|name| ("ADDED", object(name)));
    events(&added.chain([("BOOKMARK", end)]).collect::<Vec<_>>())
}

fn status(code: u16) -> Value {
    json!({ "kind": "Status", "status": "Failure", "code": code, "message": "not yours", "reason": "Forbidden" })
}

fn refusal(code: u16) -> Answer {
    (code, status(code).to_string())
}

/// Watches on one kind, and an API server that answers when the test says so.
struct Scene {
    kind: &'static Kind,
    answers: UnboundedSender<Answer>,
    states: UnboundedReceiver<WatchState>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    asked: Arc<Mutex<Vec<String>>>,
    _wanted: watch::Sender<Vec<&'static Kind>>,
}

impl Scene {
    fn of(kind: &'static Kind) -> Self {
        let moment = Duration::from_millis(1);
        Self::at(kind, Pace { pause: moment, longest: moment, grace: Duration::ZERO, ..PACE })
    }

    fn at(kind: &'static Kind, pace: Pace) -> Self {
        Self::within(kind, pace, usize::MAX)
    }

    fn within(kind: &'static Kind, pace: Pace, memory: usize) -> Self {
        let (answers, prompts) = unbounded_channel();
        let (client, asked) = prompted(prompts);
        let (wanted, wants) = watch::channel(vec![kind]);
        let snapshot = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
        let (told, states) = unbounded_channel();
        let watches = Watches { client, pace, memory, kinds: Vec::new(), events: Streams::default() };
        let running = watches.run(wants, Arc::clone(&snapshot), move |_, state| drop(told.send(state)));
        #[expect(clippy::disallowed_methods, reason = "ends with the test")]
        tokio::spawn(running);
        Self { kind, answers, states, snapshot, asked, _wanted: wanted }
    }

    fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        for answer in answers {
            self.answers.send(answer).unwrap();
        }
    }

    /// Waits for the next state, which has to be this.
    async fn says(&mut self, expected: &str) {
        let said = match self.states.recv().await.unwrap() {
            WatchState::Synced { objects } => format!("{objects} objects"),
            WatchState::Stale { error } => format!("stale: {error}"),
            WatchState::Unknown { error, is_refused: true } => format!("refused: {error}"),
            WatchState::Unknown { error, is_refused: false } => format!("unknown: {error}"),
            WatchState::Started => return Box::pin(self.says(expected)).await,
            WatchState::Ended => "ended".to_owned(),
        };
        assert_eq!(said, *expected);
    }

    fn known(&self) -> Option<usize> {
        let snapshot = self.snapshot.load();
        let facts: &dyn Facts = snapshot.as_ref();
        facts.objects(self.kind, Some("shop")).ok().map(|objects| objects.len())
    }

    /// Waits until the API server has been asked so much; this has to be it.
    async fn asks(&self, expected: &[&str]) {
        loop {
            let asked = self.asked.lock().unwrap().clone();
            if asked.len() >= expected.len() {
                return assert_eq!(asked[..expected.len()], *expected);
            }
            sleep(GATHER).await;
        }
    }
}

#[tokio::test]
async fn secrets_are_asked_for_by_metadata() {
    let mut scene = Scene::of(&kinds::SECRET);
    scene.answers([stream(&["db"])]);
    scene.says("1 objects").await;
    scene.asks(&["stream metadata", "watch metadata"]).await;
    let mut scene = Scene::of(&kinds::SECRET);
    scene.answers([refusal(422), page(&["db"], "")]);
    scene.says("1 objects").await;
    scene.asks(&["stream metadata", "list metadata", "watch metadata"]).await;
}

#[tokio::test]
async fn pages_take_the_place_of_a_stream_that_is_not_offered() {
    let mut scene = Scene::of(&kinds::SERVICE);
    scene.answers([refusal(422), page(&["a", "b"], "next"), page(&["c"], "")]);
    scene.says("3 objects").await;
    scene.asks(&["stream all", "list all", "list all", "watch all"]).await;
    // Once is enough to know it.
    scene.answers([refusal(410), page(&["a"], "")]);
    scene.says("1 objects").await;
    scene.asks(&["stream all", "list all", "list all", "watch all", "list all", "watch all"]).await;
}

#[tokio::test]
async fn what_is_refused_is_forgotten_and_comes_again_in_full() {
    let mut scene = Scene::of(&kinds::SERVICE);
    scene.answers([stream(&["a", "b"])]);
    scene.says("2 objects").await;
    scene.answers([refusal(403), refusal(401)]);
    scene.says("refused: not yours").await;
    assert_eq!(scene.known(), None);
    scene.answers([stream(&["a", "b", "c"])]);
    scene.says("3 objects").await;
    scene.answers([events(&[("ADDED", object("late"))])]);
    scene.says("4 objects").await;
    assert_eq!(scene.known(), Some(4));
    scene.asks(&["stream all", "watch all", "stream all", "stream all", "watch all", "watch all"]).await;
}

#[tokio::test]
async fn a_refusal_is_not_believed_at_once() {
    let moment = Duration::from_millis(1);
    let mut scene = Scene::at(&kinds::SERVICE, Pace { pause: moment, longest: moment, ..PACE });
    scene.answers([stream(&["a"])]);
    scene.says("1 objects").await;
    scene.answers([refusal(403), refusal(401)]);
    scene.says("stale: not yours").await;
    assert_eq!(scene.known(), Some(1));
    scene.answers([events(&[])]);
    scene.says("1 objects").await;
    scene.asks(&["stream all", "watch all", "watch all", "watch all"]).await;
}

#[tokio::test]
async fn what_expires_comes_again_in_full() {
    for gone in [events(&[("ERROR", status(410))]), refusal(410)] {
        let mut scene = Scene::of(&kinds::SERVICE);
        scene.answers([stream(&["a", "b"])]);
        scene.says("2 objects").await;
        scene.answers([gone, stream(&["a"])]);
        scene.says("1 objects").await;
        assert_eq!(scene.known(), Some(1));
        scene.asks(&["stream all", "watch all", "stream all"]).await;
    }
}

#[tokio::test]
async fn what_is_quiet_is_current_again_without_a_change() {
    let mut scene = Scene::of(&kinds::SERVICE);
    scene.answers([stream(&["a"])]);
    scene.says("1 objects").await;
    scene.answers([refusal(500)]);
    scene.says("stale: not yours").await;
    scene.answers([events(&[])]);
    scene.says("1 objects").await;
    scene.asks(&["stream all", "watch all", "watch all"]).await;
}

#[tokio::test]
async fn a_watch_that_breaks_off_goes_on_without_a_word() {
    let mut scene = Scene::of(&kinds::SERVICE);
    scene.answers([stream(&["a"])]);
    scene.says("1 objects").await;
    scene.answers([events(&[("ADDED", object("b")), ("ERROR", status(500))])]);
    scene.says("2 objects").await;
    scene.answers([events(&[("DELETED", object("a")), ("DELETED", object("b"))])]);
    scene.says("0 objects").await;
}

#[tokio::test]
async fn nothing_is_waited_for_without_an_end() {
    let moment = Duration::from_millis(1);
    let hasty = Pace { pause: moment, longest: moment, answer: moment, ..PACE };
    let mut scene = Scene::at(&kinds::SERVICE, hasty);
    scene.says("unknown: no answer within 1ms").await;
}

#[tokio::test]
async fn a_list_that_breaks_off_changes_nothing() {
    let mut scene = Scene::of(&kinds::SERVICE);
    scene.answers([refusal(422), page(&["a"], "next"), refusal(410), page(&["a", "b"], "")]);
    scene.says("2 objects").await;
    let mut scene = Scene::of(&kinds::SERVICE);
    scene.answers([events(&[("ADDED", object("a"))]), stream(&["a", "b"])]);
    scene.says("2 objects").await;
}

#[tokio::test]
async fn a_kind_may_be_installed_later_and_go_again() {
    let mut scene = Scene::of(&kinds::SCALED_OBJECT);
    scene.answers([refusal(404), refusal(404)]);
    scene.says("0 objects").await;
    scene.answers([stream(&["web"])]);
    scene.says("1 objects").await;
    scene.answers([refusal(404)]);
    scene.says("0 objects").await;
    assert_eq!(scene.known(), Some(0));
}

#[tokio::test]
async fn nobody_can_write_more_than_there_is_memory_for() {
    let moment = Duration::from_millis(1);
    let pace = Pace { pause: moment, longest: moment, grace: Duration::ZERO, ..PACE };
    let mut scene = Scene::within(&kinds::SERVICE, pace, 2048);
    scene.answers([stream(&["a"])]);
    scene.says("1 objects").await;
    let many: Vec<_> = ["b", "c", "d", "e", "f", "g", "h"].map(|name| ("ADDED", object(name))).into();
    scene.answers([events(&many)]);
    scene.says("refused: takes more memory than --facts-memory allows").await;
    assert_eq!(scene.known(), None);
    // A list that is too long is not kept either.
    let mut scene = Scene::within(&kinds::SERVICE, pace, 2048);
    scene.answers([stream(&["a", "b", "c", "d", "e", "f", "g", "h"])]);
    scene.says("refused: takes more memory than --facts-memory allows").await;
    assert_eq!(scene.known(), None);
}
