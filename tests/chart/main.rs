//! The chart: what it renders, what it refuses, and what is made from it.
//!
//! What has to be rendered needs `helm`; without it a trial is reported as ignored, with the reason.
//! `docs/testing.md` says where it is looked for.

mod deploy;
mod documentation;
mod generated;
#[path = "../support/golden.rs"]
mod golden;
mod helm;
mod monitoring;
mod refused;
mod rendered;
#[path = "../cluster/support"]
#[expect(dead_code, reason = "most of it is for the scenarios against a real API server")]
mod support {
    pub(crate) mod binaries;
    pub(crate) mod helm;
    pub(crate) mod output;
    pub(crate) mod places;
    pub(crate) mod settings;
    pub(crate) mod skipped;
}
mod texts;
mod values;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// Why a trial did not do its work.
enum Stop {
    /// A program that it needs is not there.
    Skipped(String),
    /// What it looked at is wrong.
    Failed(String),
}

/// What came of a trial.
type Outcome = Result<(), Stop>;

fn main() {
    let mut trials = vec![
        trial("the versions are those of the manifest", texts::versions),
        trial("the infrastructure is that of the example", texts::infrastructure),
        trial("the schema knows the configuration", generated::schema),
        trial("the webhooks are those of the configuration", generated::webhooks),
        trial("what may be read is what policies have to know", generated::facts),
        trial("what an audit may list is what policies look at", generated::audit),
        trial("the schema knows every value, and every value is there", values::are_those_of_the_schema),
        trial("every value is in a combination", values::are_all_in_a_combination),
        trial("the page of values is fresh", documentation::page),
        trial("alerts ask for metrics that there are", monitoring::alerts),
        trial("alerts have a runbook", monitoring::runbooks),
        trial("the dashboard asks for metrics that there are", monitoring::dashboard),
        trial("lint", rendered::lint),
        trial("every file of the chart is in it", rendered::package),
        trial("what is misspelt is refused", refused::misspelt),
        trial("names follow the release", rendered::names),
        trial("webhooks come before what answers them when all goes", rendered::uninstall),
        trial("plain manifests are fresh", deploy::plain),
        trial("plain manifests build", deploy::kustomize),
    ];
    for combination in values::combinations() {
        trials.push(Trial::ignorable_test(format!("combination {}", combination.name), move || {
            completion(rendered::combination(&combination))
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(name: &str, run: fn() -> Outcome) -> Trial {
    Trial::ignorable_test(name, move || completion(run()))
}

fn completion(outcome: Outcome) -> Result<Completion, Failed> {
    let is_required = support::settings::is_required();
    match outcome {
        Ok(()) => Ok(Completion::Completed),
        Err(Stop::Skipped(reason)) if !is_required => Ok(Completion::ignored_with(reason)),
        Err(Stop::Skipped(reason) | Stop::Failed(reason)) => Err(Failed::from(reason)),
    }
}

impl From<String> for Stop {
    fn from(reason: String) -> Self {
        Self::Failed(reason)
    }
}

/// Fails with everything that is wrong.
fn none_of(faults: &[String]) -> Outcome {
    if faults.is_empty() { Ok(()) } else { Err(Stop::Failed(faults.join("\n"))) }
}
