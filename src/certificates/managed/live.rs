//! The `caBundle` in use, and for how long it has been.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::changed;
use crate::certificates::Bundle;

/// The `caBundle` in use, and since when.
pub(super) struct LiveBundle {
    receiver: watch::Receiver<Option<Vec<u8>>>,
    pub(super) current: Option<Bundle>,
    pub(super) settled: Option<Bundle>,
    pub(super) since: Instant,
    settle: Duration,
    /// Nothing is left to settle.
    is_settled: bool,
    /// Somebody has said what is live.
    told: bool,
}

impl LiveBundle {
    pub(super) fn new(receiver: watch::Receiver<Option<Vec<u8>>>, settle: Duration) -> Self {
        let mut this = Self {
            receiver,
            current: None,
            settled: None,
            since: Instant::now(),
            settle,
            is_settled: false,
            told: false,
        };
        this.see();
        this.told = this.current.is_some();
        this
    }

    /// Waits for a change.
    pub(super) async fn changed(&mut self) {
        changed(&mut self.receiver).await;
        self.told = true;
    }

    /// Looks at what is live now, and takes for settled what has been so for long enough.
    pub(super) fn look(&mut self) {
        self.told |= self.receiver.has_changed().unwrap_or_default();
        self.see();
        if self.since.elapsed() >= self.settle {
            self.is_settled = true;
            self.settled.clone_from(&self.current);
        }
    }

    fn see(&mut self) {
        let live = self.receiver.borrow_and_update().as_deref().map(|pem| Bundle::read(pem).0);
        if live.as_ref().map(Bundle::pem) != self.current.as_ref().map(Bundle::pem) {
            self.current = live;
            self.since = Instant::now();
            self.is_settled = false;
        }
    }

    /// When what is live will have settled, if it has not.
    pub(super) fn settles(&self) -> Option<Instant> {
        (!self.is_settled).then(|| self.since + self.settle)
    }

    pub(super) fn is_known(&self) -> bool {
        self.told || self.receiver.has_changed().is_err() || self.since.elapsed() >= self.settle
    }
}
