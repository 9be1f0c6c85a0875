//! The stages of a port's life, known to all that serve it.

use tokio::sync::watch;

/// What a port is doing. Stages only ever follow each other in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Answering.
    Serving,
    /// Still answering everything, and asking clients to go elsewhere with their next request.
    Draining,
    /// No longer accepting; finishing what has begun.
    Stopping,
}

/// One view of the stage.
#[derive(Clone, Debug)]
pub(super) struct PhaseView(watch::Receiver<Phase>);

/// A stage that only moves on, with a first view of it.
pub(super) fn channel() -> (watch::Sender<Phase>, PhaseView) {
    let (sender, receiver) = watch::channel(Phase::Serving);
    (sender, PhaseView(receiver))
}

/// Moves on to a stage; never back.
pub(super) fn advance(sender: &watch::Sender<Phase>, to: Phase) {
    sender.send_if_modified(|phase| {
        let ahead = *phase < to;
        *phase = to.max(*phase);
        ahead
    });
}

impl PhaseView {
    pub(super) fn now(&self) -> Phase {
        *self.0.borrow()
    }

    /// Waits until the stage is reached. A port whose owner is gone is stopping.
    pub(super) async fn reached(&mut self, phase: Phase) {
        // The error means that no sender is left.
        drop(self.0.wait_for(|now| *now >= phase).await);
    }
}
