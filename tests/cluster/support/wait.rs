//! Waiting for what another process will do.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long the tests wait for anything: far longer than it takes, so that only what never happens fails.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Asks until there is an answer; an error is final.
pub(crate) fn eventually<T>(within: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if start.elapsed() > within {
            bail!("this did not happen within {within:?}");
        }
        thread::sleep(Duration::from_millis(50));
    }
}
