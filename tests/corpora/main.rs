//! External cases, read from where they lie: `$SEAWALL_CORPORA`, or `../shared/corpora` beside the project.
//!
//! One trial a corpus, in a file of its own; a trial whose corpus is absent shows as ignored, with the reason.
//! A new one is a module here with a `run` function, and a line in `main`.

mod agreement;
mod credentials;
mod firing;
mod fixes;
#[path = "../support/golden.rs"]
mod golden;
mod json_suite;
mod objects;
mod pod_security;
mod reviews;
mod support;
mod three_ways;
#[path = "../support/webhook.rs"]
mod webhook;
mod yaml_suite;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{trial, trial_over};

fn main() {
    let mut trials = vec![
        trial("json_suite", 340, json_suite::run),
        trial("yaml_suite", 406, yaml_suite::run),
        trial("psa_messages", 24, pod_security::run_messages),
        trial("admission_reviews", 117, reviews::run),
        trial("api_roundtrip", 758, objects::run),
        trial("realworld", 4870, objects::run),
        trial("realworld_workloads", 651, objects::run_both_ways),
        trial_over("fixes_of_any_text", "yaml_suite", 406, fixes::run_any_text),
        trial_over("fixes", "realworld_workloads", 651, fixes::run),
        trial_over("three_ways: polaris", "polaris", 327, three_ways::run),
        trial_over("three_ways: kube_linter", "kube_linter", 69, three_ways::run),
        trial_over("three_ways: gatekeeper", "gatekeeper", 140, three_ways::run),
    ];
    trials.push(Trial::test("three_ways: our own", || three_ways::run_our_own().map_err(Failed::from)));
    trials.push(firing::trial());
    trials.push(credentials::trial());
    trials.extend(pod_security::trials());
    trials.extend(agreement::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
