//! `LCY01 prestop-beyond-grace-period`: a container needs time to stop after its `preStop` hook.

use crate::object::Place;
use crate::object::command::CommandLine;
use crate::object::pod::Pod;
use crate::object::pod_spec::LifecycleHandler;
use crate::policy::prelude::*;

policy! {
    /// A `preStop` hook sleeps for so long that too little of the grace period is left.
    ///
    /// `sleep` hooks count, and commands whose text says how long they sleep: `sleep 20`, or a line of shell that
    /// runs such commands one after the other. What a condition, a loop or a variable decides is not guessed.
    ///
    /// ## Why
    /// The grace period begins before the hook, not after it. When it is over the container is killed, in the
    /// middle of requests and writes, at every rollout and every node drain.
    ///
    /// ## Fix
    /// Set `terminationGracePeriodSeconds` to the time of the hook and the time that the program needs to stop.
    ///
    /// ## Denied
    /// ```yaml
    /// terminationGracePeriodSeconds: 30
    /// containers: [{ name: web, image: "web:1.4.2", lifecycle: { preStop: { sleep: { seconds: 30 } } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// terminationGracePeriodSeconds: 60
    /// containers: [{ name: web, image: "web:1.4.2", lifecycle: { preStop: { sleep: { seconds: 30 } } } }]
    /// ```
    pub(super) PrestopBeyondGracePeriod = {
        code: "LCY01",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        yields_to: ["LCY02" in Object],
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
            "https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Seconds that must be left for the program itself to stop.
    buffer: u16,
}

impl Default for Params {
    fn default() -> Self {
        Self { buffer: 5 }
    }
}

impl Check for PrestopBeyondGracePeriod {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let hooks = pod.running().filter_map(|container| container.lifecycle()?.pre_stop());
        for (place, slept) in hooks.filter_map(sleep) {
            let grace = pod.spec.grace_period();
            if slept.saturating_add(params.buffer.into()) > grace {
                let message = if slept < grace {
                    let needed = params.buffer;
                    format!(
                        "sleeps {slept} s of {grace} s of grace period, with less than {needed} s left to stop"
                    )
                } else {
                    format!("sleeps {slept} s, and all is killed when the grace period of {grace} s is over")
                };
                out.report(place, message).magnitude(slept.saturating_sub(grace));
            }
        }
    }
}

/// The seconds that a hook sleeps, as far as its text tells.
fn sleep(hook: LifecycleHandler<'_>) -> Option<(Place<'_>, i64)> {
    if let Some(seconds) = hook.sleep().and_then(|sleep| sleep.seconds()) {
        return Some((seconds.into(), *seconds));
    }
    let argv = hook.exec()?.command();
    let line = CommandLine::of(argv);
    if !line.is_straight {
        return None;
    }
    let durations = line.programs().filter(|(program, _)| *program == "sleep").flat_map(|(_, times)| times);
    let slept: f64 = durations.filter_map(|time| seconds(time)).sum();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and no grace period is that long"
    )]
    (slept > 0.0).then_some((argv.into(), slept.ceil() as i64))
}

/// The seconds of an argument of `sleep`: `20`, `0.5`, `2m`.
fn seconds(time: &str) -> Option<f64> {
    let (number, factor) = match time.as_bytes().last()? {
        b's' => (&time[..time.len() - 1], 1.0),
        b'm' => (&time[..time.len() - 1], 60.0),
        b'h' => (&time[..time.len() - 1], 3600.0),
        b'd' => (&time[..time.len() - 1], 86_400.0),
        _ => (time, 1.0),
    };
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    number.parse::<f64>().ok().filter(|_| is_plain).map(|number| number * factor)
}
