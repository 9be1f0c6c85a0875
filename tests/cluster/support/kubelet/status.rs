//! What a kubelet reports about a Pod.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::container::Container;

/// The present as the API writes it.
#[expect(clippy::disallowed_methods, reason = "a stand-in for a part of the cluster has a clock")]
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same as finely as Leases have it.
#[expect(clippy::disallowed_methods, reason = "a stand-in for a part of the cluster has a clock")]
pub(super) fn now_micro() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Conditions with the time of their last change.
#[derive(Default)]
pub(super) struct Conditions(Vec<(&'static str, bool, String)>);

impl Conditions {
    fn set(&mut self, name: &'static str, value: bool) {
        match self.0.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, known, _)) if *known == value => {}
            Some((_, known, since)) => (*known, *since) = (value, now()),
            None => self.0.push((name, value, now())),
        }
    }

    fn json(&self) -> Value {
        let condition = |(name, value, since): &(&str, bool, String)| {
            json!({
                "type": name,
                "status": if *value { "True" } else { "False" },
                "lastTransitionTime": since,
            })
        };
        self.0.iter().map(condition).collect()
    }
}

/// The status of a Pod whose containers cannot be started, with the reason.
pub(super) fn waiting(names: &[(&str, &str)], reason: &str, message: &str, host: Ipv4Addr) -> Value {
    let container = |(name, image): &(&str, &str)| {
        json!({
            "name": name, "image": image, "imageID": "", "ready": false, "started": false, "restartCount": 0,
            "state": {"waiting": {"reason": reason, "message": message}},
        })
    };
    json!({
        "phase": "Pending",
        "hostIP": host,
        "hostIPs": [{"ip": host}],
        "containerStatuses": names.iter().map(container).collect::<Vec<_>>(),
    })
}

/// The status of a Pod whose containers have been started.
pub(super) fn of(
    containers: &[Container],
    conditions: &mut Conditions,
    since: &str,
    pod: Ipv4Addr,
    host: Ipv4Addr,
) -> Value {
    let ends: Vec<Option<i32>> = containers.iter().map(Container::ended).collect();
    let phase = if ends.iter().any(Option::is_none) {
        "Running"
    } else if ends.iter().all(|end| *end == Some(0)) {
        "Succeeded"
    } else {
        "Failed"
    };
    let is_ready = containers.iter().all(Container::is_ready);
    for (name, value) in [
        ("PodReadyToStartContainers", true),
        ("Initialized", true),
        ("ContainersReady", is_ready),
        ("Ready", is_ready),
    ] {
        conditions.set(name, value);
    }
    json!({
        "phase": phase,
        "conditions": conditions.json(),
        "startTime": since,
        "hostIP": host,
        "hostIPs": [{"ip": host}],
        "podIP": pod,
        "podIPs": [{"ip": pod}],
        "containerStatuses": containers.iter().map(Container::status).collect::<Vec<_>>(),
    })
}
