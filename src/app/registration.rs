//! This replica's part among the others: who writes, and what is kept in the cluster.

use std::sync::Arc;

use tokio::sync::{oneshot, watch};

use super::certificate::Exchange;
use super::process::{Tasks, now};
use crate::certificates;
use crate::cluster::{Events, Leadership, LeaseNames, LeaseState, OwnPod, Reason};
use crate::config::Loaded;
use crate::metrics::Metrics;
use crate::registration::{self, Bundle, Cause, Endpoint, Fields, Keeper, Names, Report, Service, State};
use crate::server::ReadinessHandle;

/// Which ValidatingWebhookConfiguration is kept, and what of it.
#[derive(Clone, Debug)]
pub struct KeptRegistration {
    /// Its name.
    pub name: String,
    /// What of it is ours.
    pub fields: Fields,
}

/// Computes the webhooks that a configuration needs, and tells the keeper.
pub(super) struct Planner {
    service: Service,
    plans: watch::Sender<Plan>,
}

/// Webhooks, without authorities.
pub(super) type Plan = Vec<k8s_openapi::api::admissionregistration::v1::ValidatingWebhook>;

impl Planner {
    pub(super) fn new(service: Service) -> Self {
        Self { service, plans: watch::Sender::new(Vec::new()) }
    }

    pub(super) fn plan(&self, loaded: &Loaded) -> Plan {
        let endpoint = Endpoint::Service(self.service.clone());
        registration::plan(
            &loaded.config.table,
            &loaded.config.registration,
            &endpoint,
            &self.service.namespace,
        )
    }

    pub(super) fn announce(&self, plan: Plan) {
        self.plans.send_if_modified(|before| {
            *before != plan && {
                *before = plan;
                true
            }
        });
    }

    pub(super) fn plans(&self) -> watch::Receiver<Plan> {
        self.plans.subscribe()
    }
}

/// The election, which ends in order.
pub(super) struct Election {
    stop: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
    pub(super) leading: watch::Receiver<bool>,
}

impl Election {
    /// One in which nobody takes part.
    pub(super) fn none() -> Self {
        Self { stop: None, ended: None, leading: watch::Sender::new(false).subscribe() }
    }

    pub(super) fn start(client: kube::Client, names: LeaseNames, metrics: Metrics, tasks: &Tasks) -> Self {
        let leadership = Leadership::new(client, names, now);
        let leading = leadership.leading();
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = oneshot::channel::<()>();
        tasks.start("the election", async move {
            // Dropped however it ends.
            let _end = end;
            leadership.hold(stopped, |state, leads| report_lease(&metrics, state, leads)).await;
            metrics.leader.set(0);
        });
        Self { stop: Some(stop), ended: Some(ended), leading }
    }

    /// Stops leading, and gives the Lease back.
    pub(super) async fn leave(&mut self) {
        drop(self.stop.take());
        if let Some(ended) = self.ended.take() {
            // Nothing is ever sent: the other half is dropped.
            let _ = ended.await;
        }
    }
}

fn report_lease(metrics: &Metrics, state: &LeaseState, leads: bool) {
    metrics.leader.set(i64::from(leads));
    match state {
        LeaseState::Leading => tracing::info!("leading: this replica writes"),
        LeaseState::Following { holder } => tracing::info!(lease.holder = holder, "following"),
        LeaseState::Failing { error } => tracing::warn!(error, leading = leads, "cannot get at the Lease"),
    }
}

/// Where events about this replica are written: in the namespace of its Service, if it has one.
pub(super) fn events(
    place: Option<&(kube::Client, Service)>,
    identity: &str,
    uid: Option<String>,
    tasks: &Tasks,
) -> Events {
    let Some((client, service)) = place else { return Events::nowhere() };
    let pod = OwnPod { namespace: service.namespace.clone(), name: identity.to_owned(), uid };
    let (events, task) = Events::about(client.clone(), pod, now);
    tasks.start("the writer of events", task);
    events
}

/// What the keeper works with.
pub(super) struct Parts {
    pub(super) kept: KeptRegistration,
    pub(super) service: Service,
    pub(super) plans: watch::Receiver<Plan>,
    /// The certificate is managed by us, and so are its authorities.
    pub(super) is_managed: bool,
    /// Is told which authorities are trusted.
    pub(super) live: watch::Sender<Option<Vec<u8>>>,
}

/// The loop that keeps the registration.
pub(super) fn keeper(client: kube::Client, parts: Parts, exchange: &Exchange) -> Keeper {
    let Parts { kept, service, plans, is_managed, live } = parts;
    let (name, served) = (service.server_name(), Arc::clone(&exchange.served));
    let verifies = move |bundle: &[u8]| {
        let store = served.get();
        store.is_some_and(|store| certificates::verifies(bundle, &store.identity(), &name, now()))
    };
    let authorities = exchange.authorities.subscribe();
    let leading = exchange.leading.clone();
    Keeper {
        client,
        names: Names { configuration: kept.name, service },
        fields: kept.fields,
        wanted: plans,
        leading,
        bundle: Bundle { authorities, keep_what_verifies: !is_managed },
        verifies: Box::new(verifies),
        live,
    }
}

/// Makes known what has become of the registration.
pub(super) struct Reporter {
    name: String,
    part: ReadinessHandle,
    metrics: Metrics,
    events: Events,
    /// How it stood when it was last looked at, and whether there was trouble.
    last: Option<(State, bool)>,
}

impl Reporter {
    pub(super) fn new(name: &str, part: ReadinessHandle, metrics: Metrics, events: Events) -> Self {
        Self { name: name.to_owned(), part, metrics, events, last: None }
    }

    pub(super) fn report(&mut self, report: Report) {
        match report {
            Report::Standing { state, trouble } => self.standing(state, trouble.as_deref()),
            Report::Written(Cause::Drift(what)) => {
                tracing::warn!(what, "registration repaired: something had changed it");
                self.metrics.registration_repairs.inc();
                self.events.tell(Reason::RegistrationRepaired, format!("{what} had been changed"));
            }
            Report::Written(cause) => {
                let why = match cause {
                    Cause::First => "for the first time",
                    Cause::Plan => "the configuration needs other webhooks",
                    Cause::Authorities => "the authorities have changed",
                    Cause::Drift(_) => "",
                };
                tracing::info!(why, "registration written");
            }
        }
    }

    fn standing(&mut self, state: State, trouble: Option<&str>) {
        self.metrics.registration_in_place.set(i64::from(state == State::InPlace));
        let name = &self.name;
        let (is_ready, note) = match state {
            State::Unseen => (false, "not seen yet".to_owned()),
            // Whoever repairs the permissions may have to get past us.
            State::Refused => (true, format!("not allowed to see {name}")),
            State::Missing => {
                (true, format!("there is no ValidatingWebhookConfiguration {name}: nothing is reviewed"))
            }
            State::Empty => (true, "no webhook calls this Service yet".to_owned()),
            State::Unverified => {
                (false, format!("no caBundle of {name} verifies the certificate being served"))
            }
            State::Different => (true, format!("{name} is not what the configuration needs")),
            State::InPlace => (true, String::new()),
        };
        let note = [note.as_str()].into_iter().chain(trouble).filter(|it| !it.is_empty());
        let note = note.collect::<Vec<_>>().join("; ");
        let now = (state, trouble.is_some());
        let before = self.last.replace(now);
        if is_trouble(before, now) {
            tracing::warn!(state = ?state, "registration: {note}");
            if before != Some(now) {
                self.events.tell(Reason::RegistrationTrouble, note.as_str());
            }
        } else {
            tracing::info!(state = ?state, "registration: {}", if note.is_empty() { "in place" } else { &note });
        }
        match (is_ready, note.is_empty()) {
            (true, true) => self.part.ok(),
            (true, false) => self.part.detail(note),
            (false, _) => self.part.not_ready(note),
        }
    }
}

/// Whether somebody should look: something is in the way, or what was there is gone.
fn is_trouble(before: Option<(State, bool)>, (state, trouble): (State, bool)) -> bool {
    let was_there = !matches!(before, None | Some((State::Unseen | State::Refused | State::Missing, _)));
    trouble || (state == State::Missing && was_there)
}
