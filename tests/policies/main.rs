//! The catalogue: every policy does what its page, its fixture and its name say.
//!
//! One trial for each case of a fixture (`tests/policies/NAME.yaml`), for each example of a page and for each
//! rule that all policies keep. A new policy brings a fixture, and nothing here.

mod case;
mod example;
mod facts;
mod field_reports;
#[path = "../support/golden.rs"]
mod golden;
mod judge;
mod pages;
mod repository;
mod rules;
mod secrecy;
mod together;
mod together_rbac;

use libtest_mimic::{Arguments, Failed, Trial};
use seawall::catalogue;

fn main() {
    let mut trials = Vec::new();
    for entry in catalogue::all() {
        trials.extend(example::trials(entry));
        trials.extend(case::trials(entry));
        trials.extend(rules::trials(entry));
    }
    trials.extend(repository::trials());
    trials.extend(pages::trials());
    trials.extend(together::trials());
    trials.extend(together_rbac::trials());
    trials.extend(secrecy::trials());
    trials.extend(field_reports::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A trial that fails with a sentence.
fn trial(name: impl Into<String>, run: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    Trial::test(name, move || run().map_err(Failed::from))
}

/// Fails with a sentence unless something holds.
fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
