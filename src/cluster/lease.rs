//! Which replica does the writing: the one that holds a Lease, which must exist already.
//!
//! Clocks of other machines are not believed: a holder is given up when its Lease has not been seen to change for as
//! long as it was taken for, by our own monotonic clock.

use std::future::pending;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::PostParams;
use kube::{Api, Client};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How long a Lease is taken for, in seconds.
const DURATION: i32 = 15;
/// The longest that another holder's word is taken for, in seconds.
const LONGEST: i32 = 60;
/// How often the holder renews.
const RENEW: Duration = Duration::from_secs(5);
/// How often the others look; up to a quarter more, so that they do not all look at once.
const RETRY: Duration = Duration::from_secs(2);
/// A holder that has not renewed for this long stops, well before anybody else may begin.
const GIVE_UP: Duration = Duration::from_secs(10);
/// The longest that one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(4);

/// Which Lease, and who we are in it.
#[derive(Clone, Debug)]
pub struct LeaseNames {
    /// Namespace of the Lease.
    pub namespace: String,
    /// Its name.
    pub lease: String,
    /// Name of this replica, which no other has.
    pub identity: String,
}

/// How things stand with the Lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// We hold it.
    Leading,
    /// Somebody else does.
    Following {
        /// Who; empty while that is not decided.
        holder: String,
    },
    /// It cannot be read or written; trying goes on.
    Failing {
        /// What the API server said.
        error: String,
    },
}

/// This replica's part in the election.
pub struct Leadership {
    api: Api<Lease>,
    names: LeaseNames,
    clock: fn() -> Timestamp,
    leading: watch::Sender<bool>,
    seen: Option<Seen>,
    /// When the last write that kept the Lease ours was begun.
    renewed: Option<Instant>,
}

/// A Lease, and since when it has not been seen to change.
struct Seen {
    version: Option<String>,
    since: Instant,
}

/// What is to be done about a Lease.
#[derive(Debug, PartialEq)]
enum Action {
    /// Write this, and it is ours.
    Hold(LeaseSpec),
    /// It is somebody else's.
    Wait { holder: String },
}

impl Leadership {
    /// Takes part once [`Leadership::hold`] runs. What `clock` says is written for people to read, and decides nothing.
    pub fn new(client: Client, names: LeaseNames, clock: fn() -> Timestamp) -> Self {
        let api = Api::namespaced(client, &names.namespace);
        Self { api, names, clock, leading: watch::Sender::new(false), seen: None, renewed: None }
    }

    /// Whether this replica leads.
    pub fn leading(&self) -> watch::Receiver<bool> {
        self.leading.subscribe()
    }

    /// Takes the Lease when it can be had and keeps it, until `stop` is sent or dropped. Then it stops leading, and
    /// gives the Lease back, so that another replica need not wait for its end. `report` is told of every change: how
    /// things stand, and whether this replica leads.
    pub async fn hold(mut self, mut stop: oneshot::Receiver<()>, mut report: impl FnMut(&LeaseState, bool)) {
        let mut last = None;
        loop {
            let renewed = self.renewed;
            let state = tokio::select! {
                state = self.attempt() => state,
                () = too_late(renewed) => LeaseState::Failing { error: "not renewed in time".to_owned() },
                _ = &mut stop => break,
            };
            let leads = match state {
                LeaseState::Leading => true,
                LeaseState::Following { .. } => false,
                LeaseState::Failing { .. } => self.renewed.is_some_and(|at| at.elapsed() < GIVE_UP),
            };
            if !leads {
                self.renewed = None;
            }
            self.leading.send_if_modified(|leading| std::mem::replace(leading, leads) != leads);
            let pause = if state == LeaseState::Leading { RENEW } else { with_jitter(RETRY) };
            let now = (state, leads);
            if last.as_ref() != Some(&now) {
                report(&now.0, leads);
                last = Some(now);
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = too_late(self.renewed) => {}
                _ = &mut stop => break,
            }
        }
        self.give_back().await;
    }

    /// Looks at the Lease once, and takes or renews it if that is possible.
    async fn attempt(&mut self) -> LeaseState {
        match timeout(ATTEMPT, self.take()).await {
            Ok(Ok(state)) => state,
            Ok(Err(error)) => LeaseState::Failing { error: error.to_string() },
            Err(_) => LeaseState::Failing { error: "no answer in time".to_owned() },
        }
    }

    async fn take(&mut self) -> kube::Result<LeaseState> {
        let mut lease = self.api.get(&self.names.lease).await?;
        let now = Instant::now();
        let unchanged = self.note(lease.metadata.resource_version.as_deref(), now);
        let current = lease.spec.unwrap_or_default();
        let spec = match decide(&current, &self.names.identity, unchanged, (self.clock)()) {
            Action::Wait { holder } => return Ok(LeaseState::Following { holder }),
            Action::Hold(spec) => spec,
        };
        lease.spec = Some(spec);
        // It carries the version that was read: of several that try, one succeeds.
        match self.api.replace(&self.names.lease, &PostParams::default(), &lease).await {
            Ok(written) => {
                self.note(written.metadata.resource_version.as_deref(), now);
                self.renewed = Some(now);
                Ok(LeaseState::Leading)
            }
            Err(kube::Error::Api(status)) if status.code == 409 => {
                Ok(LeaseState::Following { holder: String::new() })
            }
            Err(error) => Err(error),
        }
    }

    /// How long the Lease has not been seen to change.
    fn note(&mut self, version: Option<&str>, now: Instant) -> Duration {
        match &self.seen {
            Some(seen) if seen.version.as_deref() == version => now.duration_since(seen.since),
            _ => {
                self.seen = Some(Seen { version: version.map(str::to_owned), since: now });
                Duration::ZERO
            }
        }
    }

    async fn give_back(self) {
        self.leading.send_replace(false);
        let given = timeout(ATTEMPT, async {
            let mut lease = self.api.get(&self.names.lease).await?;
            // Not asked of what we remember: the answer to an attempt under way may never have come.
            let Some(spec) = lease.spec.as_mut().filter(|spec| holder(spec) == self.names.identity) else {
                return Ok(());
            };
            spec.holder_identity = Some(String::new());
            spec.renew_time = Some(MicroTime((self.clock)()));
            self.api.replace(&self.names.lease, &PostParams::default(), &lease).await.map(drop)
        });
        // Whoever comes next waits for the end of the Lease, then.
        if !matches!(given.await, Ok(Ok(()))) {
            tracing::warn!("could not give the Lease back");
        }
    }
}

/// Whoever looks at a channel without a sender sees the last value for good: it must not be that we lead.
impl Drop for Leadership {
    fn drop(&mut self) {
        self.leading.send_replace(false);
    }
}

impl std::fmt::Debug for Leadership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leadership").field("names", &self.names).finish_non_exhaustive()
    }
}

/// What `identity` may do about a Lease that has not been seen to change for the time `unchanged`.
fn decide(lease: &LeaseSpec, identity: &str, unchanged: Duration, now: Timestamp) -> Action {
    let holder = holder(lease);
    let taken_for = lease.lease_duration_seconds.unwrap_or(DURATION).clamp(1, LONGEST);
    let is_ours = holder == identity;
    let is_free = holder.is_empty() || unchanged > Duration::from_secs(u64::from(taken_for.unsigned_abs()));
    if !is_ours && !is_free {
        return Action::Wait { holder: holder.to_owned() };
    }
    let mut spec = lease.clone();
    if !is_ours {
        spec.holder_identity = Some(identity.to_owned());
        spec.acquire_time = Some(MicroTime(now));
        spec.lease_transitions = Some(lease.lease_transitions.unwrap_or_default().saturating_add(1));
    }
    spec.lease_duration_seconds = Some(DURATION);
    spec.renew_time = Some(MicroTime(now));
    Action::Hold(spec)
}

fn holder(lease: &LeaseSpec) -> &str {
    lease.holder_identity.as_deref().unwrap_or_default()
}

/// The moment from which on a holder that last renewed at `renewed` must not lead.
async fn too_late(renewed: Option<Instant>) {
    match renewed {
        Some(renewed) => sleep_until(renewed + GIVE_UP).await,
        None => pending().await,
    }
}

/// Keys of hash maps are random, and random enough for this.
fn with_jitter(pause: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 256;
    pause + pause * u32::try_from(random).unwrap_or_default() / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lease(holder: Option<&str>, seconds: Option<i32>, renewed: i64) -> LeaseSpec {
        LeaseSpec {
            holder_identity: holder.map(str::to_owned),
            lease_duration_seconds: seconds,
            lease_transitions: Some(6),
            acquire_time: Some(MicroTime(at(NOW - 1000))),
            renew_time: Some(MicroTime(at(renewed))),
            ..LeaseSpec::default()
        }
    }

    #[test]
    fn a_lease_is_taken_when_it_is_free_or_has_stood_still() {
        let (day, taken, waits) = (86_400, Some(7), None);
        #[rustfmt::skip]
        let cases = [
            ("never held", lease(None, None, NOW), 0, taken),
            ("given back", lease(Some(""), Some(15), NOW), 0, taken),
            ("seen for the first time", lease(Some("b"), Some(15), NOW), 0, waits),
            ("just renewed", lease(Some("b"), Some(15), NOW), 1, waits),
            ("at its very end", lease(Some("b"), Some(15), NOW), 15, waits),
            ("stood still", lease(Some("b"), Some(15), NOW), 16, taken),
            ("their clock is a day behind", lease(Some("b"), Some(15), NOW - day), 1, waits),
            ("their clock is a day ahead", lease(Some("b"), Some(15), NOW + day), 16, taken),
            ("without a duration", lease(Some("b"), None, NOW), 15, waits),
            ("without a duration, stood still", lease(Some("b"), None, NOW), 16, taken),
            ("taken for less than nothing", lease(Some("b"), Some(-5), NOW), 2, taken),
            ("taken for ever", lease(Some("b"), Some(i32::MAX), NOW), 61, taken),
            ("taken for ever, changed", lease(Some("b"), Some(i32::MAX), NOW), 60, waits),
            ("ours, renewed", lease(Some("a"), Some(15), NOW), 1, Some(6)),
            ("ours, from before a restart", lease(Some("a"), Some(15), NOW - day), 0, Some(6)),
        ];
        for (name, current, unchanged, expected) in cases {
            let action = decide(&current, "a", Duration::from_secs(unchanged), at(NOW));
            let Some(transitions) = expected else {
                assert_eq!(action, Action::Wait { holder: "b".to_owned() }, "{name}");
                continue;
            };
            let Action::Hold(spec) = action else { panic!("{name}: {action:?}") };
            assert_eq!(spec.holder_identity.as_deref(), Some("a"), "{name}");
            assert_eq!(spec.lease_duration_seconds, Some(15), "{name}");
            assert_eq!(spec.lease_transitions, Some(transitions), "{name}");
            assert_eq!(spec.renew_time, Some(MicroTime(at(NOW))), "{name}");
            let acquired = if transitions == 6 { at(NOW - 1000) } else { at(NOW) };
            assert_eq!(spec.acquire_time, Some(MicroTime(acquired)), "{name}");
        }
    }

    #[test]
    fn a_holder_stops_before_anybody_else_may_begin() {
        let others_begin = Duration::from_secs(u64::from(DURATION.unsigned_abs()));
        assert!(RENEW + ATTEMPT < GIVE_UP && GIVE_UP + ATTEMPT < others_begin);
    }
}
