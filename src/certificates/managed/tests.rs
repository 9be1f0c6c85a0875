use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::{Method, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use k8s_openapi::ByteString;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::*;
use crate::certificates::rotation::tests::{NAME, at, merge};
use crate::certificates::verifies;

/// An API server with one Secret.
#[derive(Clone, Default)]
struct Cluster(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    secret: Secret,
    version: u64,
    watches: Vec<UnboundedSender<Bytes>>,
    /// Every call, as its verb.
    calls: Vec<&'static str>,
    /// Writes are answered with this instead.
    refusal: Option<u16>,
}

type Chunks = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>;

impl Cluster {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn client(&self) -> Client {
        let cluster = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let cluster = cluster.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                Ok::<_, Infallible>(cluster.answer(&head, &body))
            }
        });
        Client::new(service, "seawall")
    }

    fn answer(&self, head: &http::request::Parts, body: &[u8]) -> Response<StreamBody<Chunks>> {
        let mut state = self.state();
        let query = head.uri.query().unwrap_or_default();
        let is_one = query.contains("fieldSelector=metadata.name%3Dseawall-tls");
        let (status, answer) = match (&head.method, query.contains("watch=true")) {
            (&Method::GET, true) if is_one => {
                state.calls.push("watch");
                let (sender, receiver) = unbounded_channel();
                // What came between the list and the watch.
                if !query.ends_with(&format!("resourceVersion={}", state.version)) {
                    sender.send(state.event()).unwrap();
                }
                state.watches.push(sender);
                let chunks = stream::unfold(receiver, |mut receiver| async {
                    receiver.recv().await.map(|bytes| (Ok(Frame::data(bytes)), receiver))
                });
                return Response::new(StreamBody::new(chunks.boxed()));
            }
            (&Method::GET, false) if is_one => {
                state.calls.push("list");
                let version = state.version.to_string();
                let metadata = json!({ "resourceVersion": version });
                (
                    200,
                    json!({ "kind": "SecretList", "apiVersion": "v1", "metadata": metadata, "items": [state.secret] }),
                )
            }
            (&Method::PATCH, _) => {
                state.calls.push("patch");
                let patch: Value = serde_json::from_slice(body).unwrap();
                let version = state.version.to_string();
                let is_stale = patch["metadata"]["resourceVersion"].as_str() != Some(&version);
                match state.refusal {
                    Some(code) => (code, status(code)),
                    None if is_stale => (409, status(409)),
                    None => {
                        let next = merge(&state.secret, &patch);
                        state.put(next);
                        (200, json!(state.secret))
                    }
                }
            }
            _ => (403, status(403)),
        };
        let bytes = Frame::data(Bytes::from(answer.to_string()));
        let chunks = stream::iter([Ok(bytes)]).boxed();
        Response::builder().status(status).body(StreamBody::new(chunks)).unwrap()
    }

    /// As a person would, with kubectl.
    fn annotate(&self, rotate: &str) {
        let mut state = self.state();
        let patch = json!({ "metadata": { "annotations": { "seawall.dev/rotate": rotate } } });
        let next = merge(&state.secret, &patch);
        state.put(next);
    }

    fn count(&self, verb: &str) -> usize {
        self.state().calls.iter().filter(|it| **it == verb).count()
    }

    fn stored(&self) -> Stored {
        Stored::read(&self.state().secret)
    }
}

impl State {
    fn put(&mut self, secret: Secret) {
        self.version += 1;
        self.secret = secret;
        self.secret.metadata.name = Some("seawall-tls".to_owned());
        self.secret.metadata.namespace = Some("seawall".to_owned());
        self.secret.metadata.resource_version = Some(self.version.to_string());
        let event = self.event();
        self.watches.retain(|watch| watch.send(event.clone()).is_ok());
    }

    fn event(&self) -> Bytes {
        let mut event = json!({ "type": "MODIFIED", "object": self.secret });
        event["object"]["kind"] = "Secret".into();
        event["object"]["apiVersion"] = "v1".into();
        Bytes::from(format!("{event}\n"))
    }
}

fn status(code: u16) -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "no", "reason": "No", "code": code })
}

/// Everything that a replica is told, and does.
struct Replica {
    leading: watch::Sender<bool>,
    live: watch::Sender<Option<Vec<u8>>>,
}

impl Replica {
    fn new(cluster: &Cluster, leads: bool) -> (Self, Keeper) {
        Self::with_clock(cluster, leads, now)
    }

    fn with_clock(cluster: &Cluster, leads: bool, clock: fn() -> Timestamp) -> (Self, Keeper) {
        let names = ManagedNames {
            namespace: "seawall".to_owned(),
            secret: "seawall-tls".to_owned(),
            dns: vec![NAME.to_owned()],
        };
        let pace = Pace {
            tick: Duration::from_millis(20),
            settle: Duration::from_millis(20),
            quiet: Duration::from_millis(40),
            overlap: Periods::default().overlap,
            pause: Duration::from_millis(5),
        };
        let (leading, live) = (watch::Sender::new(leads), watch::Sender::new(None));
        let (leader, bundle) = (leading.subscribe(), live.subscribe());
        let options = ManagedOptions {
            names,
            metrics: Metrics::default(),
            clock,
            leading: leader,
            live: bundle,
            authorities: watch::Sender::new(None),
        };
        let keeper = Keeper::new(cluster.client(), options, pace);
        (Self { leading, live }, keeper)
    }
}

fn now() -> Timestamp {
    at(0)
}

/// Runs something on one thread, for no longer than any test may take.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_mins(1), test).await.unwrap() });
}

/// Lets one after the other take its turn, which a tick ends at the latest, until something holds.
async fn until(keepers: &mut [Keeper], mut holds: impl FnMut(&mut [Keeper]) -> bool) {
    while !holds(keepers) {
        for keeper in keepers.iter_mut() {
            keeper.turn().await;
        }
    }
}

fn served(keeper: &Keeper) -> Option<&[u8]> {
    keeper.served.as_ref().map(|it| &*it.leaf().der)
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn the_leader_makes_the_first_certificate_and_all_serve_it() {
    run(async {
        let cluster = Cluster::default();
        cluster.state().put(Secret::default());
        let (_follower, follower) = Replica::new(&cluster, false);
        let (_leader, leader) = Replica::new(&cluster, true);
        let mut keepers = [follower, leader];
        until(&mut keepers, |it| {
            it.iter().all(|it| it.served.is_some() && it.authorities.borrow().is_some())
        })
        .await;
        assert_eq!(served(&keepers[0]), served(&keepers[1]));
        assert_eq!((cluster.count("patch"), cluster.count("list")), (1, 2));
        let bundle = keepers[0].authorities.borrow().clone().unwrap();
        assert!(verifies(&bundle, keepers[0].served.as_ref().unwrap(), NAME, now()));

        let [_, leader] = keepers;
        let rotations = leader.metrics.certificate_rotations.with_label_values(&["first"]).get();
        let authority = leader.metrics.certificate_authority_expiry.get();
        assert_eq!((rotations, authority), (1, at(365 * 24 * 60 * 60).as_second()));
        let managed = is_send(Managed::begin(leader)).await.unwrap();
        let (sender, mut reports) = unbounded_channel();
        let follow =
            is_send(managed.follow(move |status: &CertificateStatus| sender.send(status.clone()).unwrap()));
        tokio::select! {
            () = follow => {}
            report = reports.recv() => assert_eq!(report.unwrap().trouble, None),
        }
    });
}

#[test]
fn a_rotation_goes_through_whoever_leads_and_no_call_fails() {
    static HOURS: AtomicI64 = AtomicI64::new(0);
    let clock = || at(HOURS.load(SeqCst) * 60 * 60);
    run(async {
        let cluster = Cluster::default();
        cluster.state().put(Secret::default());
        let (one, first) = Replica::with_clock(&cluster, true, clock);
        let (two, second) = Replica::with_clock(&cluster, false, clock);
        let mut keepers = [first, second];
        until(&mut keepers, |it| it.iter().all(|it| it.served.is_some())).await;
        let before = served(&keepers[0]).unwrap().to_vec();

        cluster.annotate("ca");
        let (mut steps, mut live) = (0, None::<Vec<u8>>);
        until(&mut keepers, |keepers| {
            // Whoever leads stops in the middle, after each step.
            let patches = cluster.count("patch");
            if patches != steps {
                steps = patches;
                one.leading.send_replace(patches % 2 == 0);
                two.leading.send_replace(patches % 2 == 1);
            }
            let wanted = keepers[0].authorities.borrow().clone();
            if wanted != live {
                live = wanted;
                one.live.send_replace(live.clone());
                two.live.send_replace(live.clone());
            }
            if let Some(live) = &live {
                for keeper in keepers.iter() {
                    assert!(verifies(live, keeper.served.as_ref().unwrap(), NAME, clock()));
                }
            }
            let stored = cluster.stored();
            let is_new = stored.leaf.as_ref().is_some_and(|it| *it.leaf().der != *before);
            // The overlap begins when everybody has the new certificate.
            let have = keepers.iter().filter(|it| served(it) != Some(&before)).count();
            HOURS.store(i64::from(is_new && have == 2), SeqCst);
            have == 2 && stored.bundle.len() == 1
        })
        .await;
        // What somebody tried who had not seen the latest write is refused, and done by nobody twice.
        for step in ["first", "authority", "certificate", "retire"] {
            let done =
                |keeper: &Keeper| keeper.metrics.certificate_rotations.with_label_values(&[step]).get();
            assert_eq!(keepers.iter().map(done).sum::<u64>(), 1, "{step}");
        }
        assert_eq!(cluster.stored().rotate, None);
    });
}

#[test]
fn what_cannot_be_written_is_said_and_tried_ever_less_often() {
    run(async {
        let cluster = Cluster::default();
        cluster.state().put(Secret::default());
        cluster.state().refusal = Some(500);
        let (_replica, keeper) = Replica::new(&cluster, true);
        let mut keepers = [keeper];
        until(&mut keepers, |_| cluster.count("patch") == 4).await;
        assert_eq!(keepers[0].writing.pause, Duration::from_millis(20), "5, 10, 20, and no more than a tick");
        assert_eq!(keepers[0].trouble().as_deref(), Some("cannot write the Secret seawall-tls: no"));
        cluster.state().refusal = None;
        until(&mut keepers, |it| it[0].served.is_some()).await;
        assert_eq!(keepers[0].trouble(), None);
    });
}

#[test]
fn of_two_leaders_one_writes() {
    run(async {
        let cluster = Cluster::default();
        cluster.state().put(Secret::default());
        let (_one, first) = Replica::new(&cluster, true);
        let (_two, second) = Replica::new(&cluster, true);
        let mut keepers = [first, second];
        until(&mut keepers, |it| it.iter().all(|it| it.served.is_some())).await;
        assert_eq!(served(&keepers[0]), served(&keepers[1]));
        let counts =
            keepers.each_ref().map(|it| it.metrics.certificate_rotations.with_label_values(&["first"]).get());
        assert_eq!(counts.iter().sum::<u64>(), 1);
        assert!(keepers.iter().all(|it| it.trouble().is_none()));
    });
}

#[test]
fn a_secret_that_is_emptied_or_gone_ends_nothing() {
    run(async {
        let cluster = Cluster::default();
        cluster.state().put(Secret::default());
        let (replica, keeper) = Replica::new(&cluster, true);
        let mut keepers = [keeper];
        until(&mut keepers, |it| it[0].served.is_some()).await;
        let before = served(&keepers[0]).unwrap().to_vec();
        let live = keepers[0].authorities.borrow().clone();
        replica.live.send_replace(live.clone());

        let garbage = ByteString(b"-----BEGIN CERTIFICATE-----".to_vec());
        let secret = Secret { data: Some([("tls.crt".to_owned(), garbage)].into()), ..Secret::default() };
        cluster.state().put(secret);
        until(&mut keepers, |it| it[0].authorities.borrow().as_ref() != live.as_ref()).await;
        let bundle = keepers[0].authorities.borrow().clone();
        assert_eq!(served(&keepers[0]), Some(&*before), "it goes on until the new one is trusted");
        assert!(verifies(bundle.as_ref().unwrap(), keepers[0].served.as_ref().unwrap(), NAME, now()));
        replica.live.send_replace(bundle);
        until(&mut keepers, |it| served(&it[0]) != Some(&before)).await;

        keepers[0].take(Ok(None));
        assert_eq!(keepers[0].trouble().as_deref(), Some("there is no Secret seawall-tls"));
        assert!(keepers[0].served.is_some());
    });
}
