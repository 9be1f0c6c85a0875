//! Scenarios against a real API server.
//!
//! They need etcd, kube-apiserver, kube-controller-manager and kubectl, ready-made or built with Go; without
//! them every scenario is reported as ignored, with the reason. `docs/testing.md` says how to run them.

mod scenarios;
mod support;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use support::binaries::Binaries;
use support::control_plane::ControlPlane;
use support::settings::{self, Release};
use support::skipped::Skipped;

/// What a scenario is: a name, and what has to happen.
type Scenario = (&'static str, fn(&ControlPlane) -> anyhow::Result<()>);

/// The error of a scenario that is about something that the release at hand does not have: never a failure.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
struct NotInThisRelease(String);

/// What all scenarios share: the control plane, or why there is none.
enum Shared {
    Running(Box<ControlPlane>),
    /// There is nothing to start.
    Missing(Skipped),
    /// It should run and does not.
    Broken(String),
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let shared = Arc::new(OnceLock::new());
    let trials = scenarios::all().into_iter().map(|scenario| trial(scenario, Arc::clone(&shared)));
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    // The control plane ends here, before the exit code does away with everything else.
    drop(shared);
    conclusion.exit_code()
}

fn trial((name, run): Scenario, shared: Arc<OnceLock<Shared>>) -> Trial {
    Trial::ignorable_test(name, move || {
        let outcome = match shared.get_or_init(start) {
            Shared::Running(cluster) => run(cluster),
            Shared::Missing(reason) => Err(reason.clone().into()),
            Shared::Broken(reason) => return Err(reason.into()),
        };
        match outcome {
            Ok(()) => Ok(Completion::Completed),
            Err(error) if error.is::<NotInThisRelease>() => Ok(Completion::ignored_with(error)),
            Err(error) => match error.downcast_ref::<Skipped>() {
                Some(Skipped(reason)) if !settings::is_required() => Ok(Completion::ignored_with(reason)),
                _ => Err(Failed::from(format!("{error:#}"))),
            },
        }
    })
}

fn start() -> Shared {
    let binaries = match Release::chosen() {
        Ok(release) => Binaries::find(release),
        Err(error) => return Shared::Broken(error),
    };
    match binaries.map(|binaries| ControlPlane::start(&binaries)) {
        Ok(Ok(cluster)) => Shared::Running(Box::new(cluster)),
        Ok(Err(error)) => Shared::Broken(format!("the control plane does not start: {error:#}")),
        Err(reason) => Shared::Missing(reason),
    }
}
