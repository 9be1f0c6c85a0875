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
use super::target::{Cause, Correction, Fields, Names, Target};

/// The name under which the API server keeps what is ours.
const MANAGER: &str = "seawall";
/// How often all is looked at without being told to: certificates change and expire, endpoints become ready.
const LOOK: Duration = Duration::from_secs(1);
/// The longest that the API server may take for an answer.
const ANSWER: Duration = Duration::from_secs(10);

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
    /// API servers would refuse the certificate that this replica serves.
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
    state: State,
    /// What stands there has been told, were it nothing.
    told: bool,
    /// Why the object cannot be seen.
    unseen: Option<String>,
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
        loop {
            let wanted = self.wanted.borrow_and_update().clone();
            let target = Target::new(self.names.clone(), self.fields, &wanted);
            let correction = self.look(&target, &mut memory);
            if let Some(standing) = memory.news() {
                report(standing);
            }
            let Some(correction) = correction else {
                self.wait(&mut objects, &mut memory).await;
                continue;
            };
            let error = match timeout(ANSWER, self.write(&api, &correction, &mut memory)).await {
                Ok(Ok(true)) => {
                    report(Report::Written(correction.cause));
                    continue;
                }
                Ok(Ok(false)) => {
                    self.wait(&mut objects, &mut memory).await;
                    continue;
                }
                Ok(Err(error)) => error.to_string(),
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
        let verified = found.as_deref().is_some_and(&self.verifies);
        let told = std::mem::replace(&mut memory.told, !matches!(memory.live, Live::Unknown));
        self.live.send_if_modified(|before| {
            let is_news = *before != found || memory.told != told;
            before.clone_from(&found);
            is_news
        });
        let authorities = match &found {
            Some(found) if verified && self.bundle.keep_what_verifies => Some(found.clone()),
            _ => self.bundle.authorities.borrow().clone(),
        };
        let unverifying = authorities.as_deref().is_some_and(|authorities| !(self.verifies)(authorities));
        let correction = live
            .zip(authorities)
            .and_then(|(live, authorities)| target.correction(live, &authorities, memory.settled.as_deref()));
        memory.state = match (&memory.live, &found) {
            (Live::Unknown, _) => State::Unseen,
            (Live::Gone, _) => State::Missing,
            (Live::There(_), None) => State::Empty,
            (Live::There(_), Some(_)) if !verified => State::Unverified,
            (Live::There(_), Some(_)) if correction.is_some() => State::Different,
            (Live::There(_), Some(_)) => State::InPlace,
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
        memory.wrote(correction, Instant::now());
        memory.unwritten = None;
        memory.take(Some(written));
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
                    memory.unseen = None;
                    memory.take(object);
                }
                Err(error) => memory.unseen = Some(error.to_string()),
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
            state: State::Unseen,
            told: false,
            unseen: None,
            unwritten: None,
            reported: None,
        }
    }

    /// Takes the object as it is said to be, unless that is older than what is known: the answer to a write comes
    /// before the watch has it.
    fn take(&mut self, object: Option<ValidatingWebhookConfiguration>) {
        let version = |object: &ValidatingWebhookConfiguration| {
            let version = object.metadata.resource_version.as_deref()?.parse::<u64>().ok()?;
            Some((object.metadata.uid.clone(), version))
        };
        if let (Some(known), Some(object)) = (self.live.there(), &object)
            && let (Some((uid, known)), Some((of, said))) = (version(known), version(object))
            && uid == of
            && said < known
        {
            return;
        }
        self.live = object.map_or(Live::Gone, |object| Live::There(Box::new(object)));
    }

    /// Notes what was written. Whoever undoes it is answered ever more slowly, also where no trace of the first time
    /// is left in the object.
    fn wrote(&mut self, correction: &Correction, now: Instant) {
        let is_again = self.written.as_ref() == Some(&correction.patch);
        if is_again || matches!(correction.cause, Cause::Drift(_)) {
            self.pace.corrected(now);
        }
        self.written = Some(correction.patch.clone());
    }

    /// How things stand, if that has changed.
    fn news(&mut self) -> Option<Report> {
        let fight = || "something keeps changing what is ours".to_owned();
        let trouble = self.unseen.clone().or_else(|| self.unwritten.clone());
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
                memory.wrote(correction, Instant::now());
            }
            assert_eq!(memory.pace.next().is_some(), expected, "{written:?}");
        }
    }
}
