//! The loop that keeps the webhooks of a cluster as the configuration needs them.
//!
//! Every replica follows the object, because its own readiness depends on what stands there. The one that leads writes.

use std::time::Duration;

use futures::{Stream, StreamExt};
use k8s_openapi::api::admissionregistration::v1::{ValidatingWebhook, ValidatingWebhookConfiguration};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{ListParams, Patch, PatchParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::pace::Pace;
use super::target::{Cause, Correction, Fields, Names, Target, Trust};
use crate::cluster::{is_refused, say, say_watch};

/// The name under which the API server keeps what is ours.
const MANAGER: &str = "seawall";
/// How often all is looked at without being told to: certificates change and expire, endpoints become ready.
const LOOK: Duration = Duration::from_secs(1);
/// The longest that the API server may take for an answer: less than is left of the Lease when leading ends, so that
/// nothing is written late into what another replica has begun.
const ANSWER: Duration = Duration::from_secs(4);

/// The authorities that API servers have to trust, in PEM.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The authorities; `None` until they are known.
    pub authorities: watch::Receiver<Option<Vec<u8>>>,
    /// What stands there is left alone if it verifies the certificate being served: something else, such as
    /// cert-manager, may be keeping it.
    pub keep_what_verifies: bool,
}

/// Whether authorities in PEM verify the certificate that this replica serves now.
pub type Verifies = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// Follows a ValidatingWebhookConfiguration, and keeps it while this replica leads.
pub struct Keeper {
    /// How the API server is reached.
    pub client: Client,
    /// Which object, and whose calls.
    pub names: Names,
    /// What of it is ours.
    pub fields: Fields,
    /// The webhooks that the configuration needs, without authorities.
    pub wanted: watch::Receiver<Vec<ValidatingWebhook>>,
    /// Whether this replica leads.
    pub leading: watch::Receiver<bool>,
    /// The authorities that are to stand there.
    pub bundle: Bundle,
    /// Tells what verifies the certificate that this replica serves.
    pub verifies: Verifies,
    /// Is sent the authorities that stand there, `None` while no webhook calls us: once as soon as that is known, and
    /// then with every change.
    pub live: watch::Sender<Option<Vec<u8>>>,
}

/// What has become of the registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// How things stand, when that has changed.
    Standing {
        /// What stands there.
        state: State,
        /// What keeps this replica from seeing it or writing to it.
        trouble: Option<String>,
    },
    /// Something was written.
    Written(Cause),
}

/// What stands in the object, as this replica sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not known yet.
    Unseen,
    /// There is no such object. It is not made: deleting it is how people get Seawall out of the way.
    Missing,
    /// No webhook calls us yet, so that there is nothing to be ready for.
    Empty,
    /// The API server does not let us see it, and waiting does not help.
    Refused,
    /// API servers would refuse the certificate that this replica serves, whichever webhook calls.
    Unverified,
    /// Calls come, but not all of the webhooks are as they should be.
    Different,
    /// Everything is as it should be.
    InPlace,
}

/// The object, as it was last seen.
enum Live {
    /// Not seen yet.
    Unknown,
    /// There is none.
    Gone,
    There(Box<ValidatingWebhookConfiguration>),
}

/// What the loop remembers.
struct Memory {
    live: Live,
    /// The authorities that stood there when nothing was missing.
    settled: Option<Vec<u8>>,
    pace: Pace,
    /// What was written last; to write the same again is to answer somebody who has undone it.
    written: Option<Value>,
    /// The object and the version of it that the last write made, until the watch has got there.
    ahead: Option<(Option<String>, u64)>,
    state: State,
    /// What stands there has been told, were it nothing.
    told: bool,
    /// Why the object cannot be seen.
    unseen: Option<String>,
    /// It cannot be seen because the API server refuses.
    refused: bool,
    /// The webhook whose calls fail, where others do not.
    untrusting: Option<String>,
    /// Why it cannot be written.
    unwritten: Option<String>,
    reported: Option<(State, Option<String>)>,
}

impl Keeper {
    /// Follows and keeps the object for good; it ends only when it is dropped. `report` is told of every change.
    pub async fn keep(mut self, mut report: impl FnMut(Report) + Send) {
        let api: Api<ValidatingWebhookConfiguration> = Api::all(self.client.clone());
        let objects = watcher::watch_object(api.clone(), &self.names.configuration).default_backoff();
        futures::pin_mut!(objects);
        let mut memory = Memory::new();
        // A receiver of its own: waiting for news of the plan marks them as seen.
        let mut plan = self.wanted.clone();
        let mut target = Target::new(self.names.clone(), self.fields, &plan.borrow_and_update());
        loop {
            // Making it takes a digest of all webhooks: too much for every look.
            if plan.has_changed().unwrap_or(false) {
                target = Target::new(self.names.clone(), self.fields, &plan.borrow_and_update());
            }
            let correction = self.look(&target, &mut memory);
            if let Some(standing) = memory.news() {
                report(standing);
            }
            let Some(correction) = correction else {
                self.wait(&mut objects, &mut memory).await;
                continue;
            };
            let mut leading = self.leading.clone();
            let written = tokio::select! {
                written = timeout(ANSWER, self.write(&api, &correction, &mut memory)) => written,
                // What another replica may be writing by now is not ours any more.
                () = async { drop(leading.wait_for(|leading| !leading).await) } => Ok(Ok(false)),
            };
            let error = match written {
                Ok(Ok(true)) => {
                    report(Report::Written(correction.cause));
                    continue;
                }
                Ok(Ok(false)) => {
                    self.wait(&mut objects, &mut memory).await;
                    continue;
                }
                Ok(Err(error)) => say(&error),
                Err(_) => "no answer in time".to_owned(),
            };
            memory.pace.corrected(Instant::now());
            memory.unwritten = Some(error);
        }
    }

    /// Says how things stand, and what is missing.
    fn look(&self, target: &Target, memory: &mut Memory) -> Option<Correction> {
        let live = memory.live.there();
        let found = live.and_then(|live| target.live_bundle(live));
        let agreed = found.as_deref().is_some_and(&self.verifies);
        let trust = live.map_or(Trust::Unasked, |live| target.trust(live, &self.verifies));
        let told = std::mem::replace(&mut memory.told, !matches!(memory.live, Live::Unknown));
        self.live.send_if_modified(|before| {
            let is_news = *before != found || memory.told != told;
            before.clone_from(&found);
            is_news
        });
        let authorities = match &found {
            Some(found) if agreed && self.bundle.keep_what_verifies => Some(found.clone()),
            _ => self.bundle.authorities.borrow().clone(),
        };
        let unverifying = authorities.as_deref().is_some_and(|authorities| !(self.verifies)(authorities));
        let correction = live
            .zip(authorities)
            .and_then(|(live, authorities)| target.correction(live, &authorities, memory.settled.as_deref()));
        memory.state = memory.state(&trust, correction.is_some());
        memory.untrusting = match trust {
            Trust::AllBut(webhook) => {
                Some(format!("caBundle of {webhook} does not verify the certificate being served"))
            }
            Trust::Unasked | Trust::All | Trust::None => None,
        };
        if memory.state == State::InPlace {
            memory.settled = found;
        }
        if correction.is_none() || !*self.leading.borrow() {
            memory.unwritten = None;
        }
        // Nothing is intercepted that nobody could answer.
        if unverifying && correction.as_ref().is_some_and(|it| it.cause == Cause::First) {
            memory.unwritten = Some("the authorities do not verify the certificate being served".to_owned());
            return None;
        }
        correction
    }

    /// Writes if that is ours to do, and now; says whether it has.
    async fn write(
        &self,
        api: &Api<ValidatingWebhookConfiguration>,
        correction: &Correction,
        memory: &mut Memory,
    ) -> kube::Result<bool> {
        let is_time = memory.pace.next().is_none_or(|next| next <= Instant::now());
        if !*self.leading.borrow() || !is_time {
            return Ok(false);
        }
        // Nothing is intercepted before somebody answers. Once it was, repairing must not wait for anything.
        if correction.cause == Cause::First && !self.has_endpoint().await? {
            return Ok(false);
        }
        let force = PatchParams::apply(MANAGER).force();
        let written = api.patch(&self.names.configuration, &force, &Patch::Apply(&correction.patch)).await?;
        memory.wrote(correction, &written, Instant::now());
        memory.unwritten = None;
        memory.live = Live::There(Box::new(written));
        Ok(true)
    }

    /// Whether a Pod behind the Service says that it is ready.
    async fn has_endpoint(&self) -> kube::Result<bool> {
        let slices: Api<EndpointSlice> = Api::namespaced(self.client.clone(), &self.names.service.namespace);
        let of_service =
            ListParams::default().labels(&format!("kubernetes.io/service-name={}", self.names.service.name));
        let slices = slices.list(&of_service).await?;
        let mut endpoints = slices.items.iter().flat_map(|slice| &slice.endpoints);
        // Unknown counts as ready, says the API.
        Ok(endpoints.any(|it| it.conditions.as_ref().and_then(|it| it.ready).unwrap_or(true)))
    }

    /// Waits until there may be something to do.
    async fn wait(
        &mut self,
        objects: &mut (impl Stream<Item = Result<Option<ValidatingWebhookConfiguration>, watcher::Error>> + Unpin),
        memory: &mut Memory,
    ) {
        tokio::select! {
            Some(event) = objects.next() => match event {
                Ok(object) => {
                    (memory.unseen, memory.refused) = (None, false);
                    memory.take(object);
                }
                Err(error) => (memory.unseen, memory.refused) = (Some(say_watch(&error)), is_refused(&error)),
            },
            Ok(()) = self.wanted.changed() => {}
            Ok(()) = self.leading.changed() => {}
            Ok(()) = self.bundle.authorities.changed() => {}
            () = sleep(LOOK) => {}
        }
    }
}

impl Live {
    fn there(&self) -> Option<&ValidatingWebhookConfiguration> {
        match self {
            Self::Unknown | Self::Gone => None,
            Self::There(object) => Some(object),
        }
    }
}

impl Memory {
    fn new() -> Self {
        Self {
            live: Live::Unknown,
            settled: None,
            pace: Pace::new(),
            written: None,
            ahead: None,
            state: State::Unseen,
            told: false,
            unseen: None,
            refused: false,
            untrusting: None,
            unwritten: None,
            reported: None,
        }
    }

    /// How things stand. What is not seen any more may have changed: nothing that depends on it keeps us from serving.
    fn state(&self, trust: &Trust, is_different: bool) -> State {
        match (&self.live, trust) {
            _ if self.refused => State::Refused,
            (Live::Unknown, _) => State::Unseen,
            (Live::Gone, _) => State::Missing,
            (Live::There(_), Trust::Unasked) => State::Empty,
            (Live::There(_), Trust::None) => State::Unverified,
            (Live::There(_), Trust::AllBut(_)) => State::Different,
            (Live::There(_), Trust::All) if is_different => State::Different,
            (Live::There(_), Trust::All) => State::InPlace,
        }
    }

    /// Takes the object as it is said to be, unless that is from before our own last write, whose answer has come
    /// before the watch has it. Nothing else is compared: versions go backwards when a cluster is restored.
    fn take(&mut self, object: Option<ValidatingWebhookConfiguration>) {
        if let (Some((uid, written)), Some(object)) = (&self.ahead, &object)
            && let (of, Some(said)) = version(object)
            && *uid == of
            && said < *written
        {
            return;
        }
        self.ahead = None;
        self.live = object.map_or(Live::Gone, |object| Live::There(Box::new(object)));
    }

    /// Notes what was written. Whoever undoes it is answered ever more slowly, also where no trace of the first time
    /// is left in the object.
    fn wrote(&mut self, correction: &Correction, written: &ValidatingWebhookConfiguration, now: Instant) {
        let (uid, now_at) = version(written);
        // A write that changes nothing makes no version, and the watch has nothing to say of it.
        let is_new = self.live.there().map(version) != Some((uid.clone(), now_at));
        self.ahead = now_at.filter(|_| is_new).map(|version| (uid, version));
        let is_again = self.written.as_ref() == Some(&correction.patch);
        if is_again || matches!(correction.cause, Cause::Drift(_)) {
            self.pace.corrected(now);
        }
        self.written = Some(correction.patch.clone());
    }

    /// How things stand, if that has changed.
    fn news(&mut self) -> Option<Report> {
        let fight = || "something keeps changing what is ours".to_owned();
        let trouble = [&self.unseen, &self.unwritten, &self.untrusting].into_iter().flatten().next().cloned();
        let trouble = trouble.or_else(|| self.pace.is_slow(Instant::now()).then(fight));
        let now = Some((self.state, trouble));
        if self.reported == now {
            return None;
        }
        self.reported = now;
        let (state, trouble) = self.reported.clone()?;
        Some(Report::Standing { state, trouble })
    }
}

/// Which object it is, and which version of it, if that is a number.
fn version(object: &ValidatingWebhookConfiguration) -> (Option<String>, Option<u64>) {
    let version = object.metadata.resource_version.as_deref().and_then(|it| it.parse().ok());
    (object.metadata.uid.clone(), version)
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("names", &self.names)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn to_write_the_same_again_has_to_wait() {
        let first = Correction { cause: Cause::First, patch: json!({ "webhooks": ["a"] }) };
        let plan = Correction { cause: Cause::Plan, patch: json!({ "webhooks": ["b"] }) };
        let drift =
            Correction { cause: Cause::Drift("rules".to_owned()), patch: json!({ "webhooks": ["c"] }) };
        let cases: [(&[&Correction], bool); 6] = [
            (&[&first], false),
            (&[&first, &plan], false),
            (&[&plan, &first, &plan], false),
            (&[&plan, &plan], true),
            (&[&first, &first], true),
            (&[&drift], true),
        ];
        for (written, expected) in cases {
            let mut memory = Memory::new();
            for correction in written {
                memory.wrote(correction, &object("a", 1), Instant::now());
            }
            assert_eq!(memory.pace.next().is_some(), expected, "{written:?}");
        }
    }

    fn object(uid: &str, version: u64) -> ValidatingWebhookConfiguration {
        let metadata = json!({ "uid": uid, "resourceVersion": version.to_string() });
        serde_json::from_value(json!({ "metadata": metadata })).unwrap()
    }

    #[test]
    fn only_what_is_older_than_our_own_write_is_not_taken() {
        let seen = |memory: &Memory| memory.live.there().map(version);
        let is = |uid: &str, version| Some((Some(uid.to_owned()), Some(version)));
        let correction = Correction { cause: Cause::First, patch: json!({}) };
        let mut memory = Memory::new();
        memory.take(Some(object("a", 10)));
        memory.take(Some(object("a", 5)));
        assert_eq!(seen(&memory), is("a", 5), "the cluster was restored");

        let mut after_write = |version| {
            memory.wrote(&correction, &object("a", version), Instant::now());
            memory.live = Live::There(Box::new(object("a", version)));
            memory.take(Some(object("a", 8)));
            let after = seen(&memory);
            memory.take(Some(object("a", version)));
            memory.take(Some(object("a", 7)));
            (after, seen(&memory))
        };
        assert_eq!(after_write(9), (is("a", 9), is("a", 7)), "the watch was late, and then there");
        assert_eq!(
            after_write(7),
            (is("a", 8), is("a", 7)),
            "nothing was changed, so that the watch is not waited for"
        );
        memory.wrote(&correction, &object("a", 9), Instant::now());
        memory.take(Some(object("b", 2)));
        assert_eq!(seen(&memory), is("b", 2), "it was made again");
        memory.take(None);
        assert_eq!(seen(&memory), None);
    }

    #[test]
    fn what_one_cannot_see_is_no_reason_to_wait() {
        let there = || Live::There(Box::new(object("a", 1)));
        let but = Trust::AllBut("closed".to_owned());
        for (live, refused, trust, is_different, expected) in [
            (Live::Unknown, false, &Trust::Unasked, false, State::Unseen),
            (Live::Unknown, true, &Trust::Unasked, false, State::Refused),
            (there(), true, &Trust::None, false, State::Refused),
            (Live::Gone, false, &Trust::Unasked, false, State::Missing),
            (there(), false, &Trust::Unasked, true, State::Empty),
            (there(), false, &Trust::None, true, State::Unverified),
            (there(), false, &but, false, State::Different),
            (there(), false, &Trust::All, true, State::Different),
            (there(), false, &Trust::All, false, State::InPlace),
        ] {
            let memory = Memory { live, refused, ..Memory::new() };
            assert_eq!(memory.state(trust, is_different), expected, "{trust:?} {refused}");
        }
    }
}
