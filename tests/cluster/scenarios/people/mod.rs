//! What people, pipelines and controllers ask for, sent by the programs that they use: policies about requests judge
//! what a real API server makes of it, and tell it from what looks like it.

mod kept;
mod owned;
mod running;
mod versions;
mod writers;

use anyhow::{Result, ensure};

use crate::Scenario;
use crate::support::output::Output;
use crate::support::scene::User;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("people::at_running_pods", running::at_running_pods),
    ("people::at_what_git_owns", owned::at_what_git_owns),
    ("people::at_what_should_stay", kept::at_what_should_stay),
    ("people::who_may_write_what", writers::who_may_write_what),
    ("people::in_versions_with_an_end", versions::in_versions_with_an_end),
];

const ALICE: User<'_> = User { name: "alice", groups: &["developers"] };

/// A request that exactly one policy must have refused.
fn refused(output: Output, policy: &str) -> Result<()> {
    let codes = output.refused_by().join(" ");
    let shown = output.failure()?;
    ensure!(
        codes == policy && shown.contains("denied the request"),
        "not by {policy} but [{codes}]: {shown}"
    );
    Ok(())
}

/// A request that must have been let in without a word.
fn let_in(output: Output) -> Result<()> {
    let output = output.success()?;
    ensure!(output.warned_by().is_empty(), "let in with warnings: {}", output.stderr);
    Ok(())
}

/// A request that exactly one policy must have warned of.
fn warned_of(output: Output, policy: &str) -> Result<()> {
    let output = output.success()?;
    ensure!(output.warned_by() == [policy], "not warned of by {policy}: {}", output.stderr);
    Ok(())
}
