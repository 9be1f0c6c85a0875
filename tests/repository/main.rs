//! What holds for the project as a whole: who may import whom, what stands where, what is never committed.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part ends the test")]

mod floors;
#[path = "../support/golden.rs"]
mod golden;
mod imports;
mod reference;
mod sources;
mod texts;
