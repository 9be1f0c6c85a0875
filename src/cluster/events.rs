//! Events about Seawall's own state, for people who look at its Pod; never about a review.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::PostParams;
use kube::{Api, Client};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::say;

/// Events that wait to be written; what comes beyond them is dropped, as the log has it all.
const WAITING: usize = 16;
/// The longest that the API server may take for an answer.
const ANSWER: Duration = Duration::from_secs(10);
/// The API takes this many bytes.
const NOTE: usize = 1024;
/// The name of the writer, as Kubernetes wants it qualified.
const CONTROLLER: &str = "seawall.dev/seawall";

/// What has happened; its name is what people filter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A changed configuration is wrong; the last good one stays in use.
    ConfigurationRefused,
    /// A configuration is in use again after one was refused.
    ConfigurationTaken,
    /// Something had changed the webhook configuration, and it is as it should be again.
    RegistrationRepaired,
    /// The webhook configuration cannot be kept as it should be.
    RegistrationTrouble,
    /// A new certificate is served.
    CertificateRenewed,
    /// The certificate cannot be renewed, or has expired.
    CertificateTrouble,
}

/// The Pod that events are about.
#[derive(Clone, Debug)]
pub struct OwnPod {
    /// Its namespace, in which events are written.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid, without which `kubectl describe` does not find them.
    pub uid: Option<String>,
}

/// Writes events without making anybody wait. Clones write to the same place.
#[derive(Clone, Debug)]
pub struct Events(Option<mpsc::Sender<(Reason, String)>>);

impl Events {
    /// Events about a Pod, and the task that writes them for as long as there is anybody to tell it something.
    pub fn about(client: Client, pod: OwnPod, clock: fn() -> Timestamp) -> (Self, impl Future<Output = ()>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(Some(sender)), write(client, pod, clock, receiver))
    }

    /// Events that nobody reads, where there is no cluster.
    pub fn nowhere() -> Self {
        Self(None)
    }

    /// Tells of something, once a change: the caller sees to that. Neither secrets nor what objects hold may be in it.
    pub fn tell(&self, reason: Reason, note: impl Into<String>) {
        if let Some(sender) = &self.0 {
            // Full: the API server is slow or away, and the log has it.
            let _ = sender.try_send((reason, note.into()));
        }
    }
}

async fn write(
    client: Client,
    pod: OwnPod,
    clock: fn() -> Timestamp,
    mut told: mpsc::Receiver<(Reason, String)>,
) {
    let api: Api<Event> = Api::namespaced(client, &pod.namespace);
    let mut failing = false;
    while let Some((reason, note)) = told.recv().await {
        let (params, event) = (PostParams::default(), event(&pod, reason, note, clock()));
        let error = match timeout(ANSWER, api.create(&params, &event)).await {
            Ok(written) => written.err().map(|error| say(&error)),
            Err(_) => Some("no answer in time".to_owned()),
        };
        if !failing && let Some(error) = &error {
            tracing::warn!(error, "cannot write events");
        }
        failing = error.is_some();
    }
}

fn event(pod: &OwnPod, reason: Reason, note: String, now: Timestamp) -> Event {
    let regarding = ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Pod".to_owned()),
        namespace: Some(pod.namespace.clone()),
        name: Some(pod.name.clone()),
        uid: pod.uid.clone(),
        ..ObjectReference::default()
    };
    Event {
        metadata: ObjectMeta {
            namespace: Some(pod.namespace.clone()),
            // Unique without asking, and short enough with every name of a Pod.
            generate_name: Some("seawall-".to_owned()),
            ..ObjectMeta::default()
        },
        event_time: Some(MicroTime(now)),
        reporting_controller: Some(CONTROLLER.to_owned()),
        reporting_instance: Some(cut(pod.name.clone(), 128)),
        action: Some(reason.action().to_owned()),
        reason: Some(format!("{reason:?}")),
        regarding: Some(regarding),
        note: Some(cut(note, NOTE)),
        type_: Some(if reason.is_trouble() { "Warning" } else { "Normal" }.to_owned()),
        ..Event::default()
    }
}

/// The beginning of a text, of at most so many bytes.
fn cut(mut text: String, limit: usize) -> String {
    text.truncate(text.floor_char_boundary(limit));
    text
}

impl Reason {
    /// What was being done.
    fn action(self) -> &'static str {
        match self {
            Self::ConfigurationRefused | Self::ConfigurationTaken => "Configure",
            Self::RegistrationRepaired | Self::RegistrationTrouble => "Register",
            Self::CertificateRenewed | Self::CertificateTrouble => "Certify",
        }
    }

    fn is_trouble(self) -> bool {
        matches!(
            self,
            Self::ConfigurationRefused
                | Self::RegistrationRepaired
                | Self::RegistrationTrouble
                | Self::CertificateTrouble
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_cut_where_the_api_would_refuse_it() {
        let pod = OwnPod { namespace: "seawall".to_owned(), name: "seawall-0".to_owned(), uid: None };
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        for (note, expected) in
            [("short", 5), (&"ä".repeat(600), 1024), (&format!("a{}", "ä".repeat(600)), 1023)]
        {
            let event = event(&pod, Reason::ConfigurationRefused, note.to_owned(), now);
            assert_eq!(event.note.map(|note| note.len()), Some(expected));
        }
    }
}
