//! What a process is to its surroundings: signals, panics, tasks and a clock.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;

use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{Id, JoinSet};

/// SIGTERM, which Kubernetes sends, and SIGINT, which people do.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next of them.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// A panic is counted and answered where it is fenced. Its message may hold what an object holds, so that only its
/// place is written.
pub(super) fn silence_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic.location = place, "panic");
    }));
}

/// Tasks that run for as long as the server does, and end with it.
#[derive(Default)]
pub(super) struct Tasks(RefCell<Running>);

#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl Tasks {
    /// Starts a task, which may end. `name` is what it does, for people.
    pub(super) fn start(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.0.borrow_mut();
        let id = running.tasks.spawn(task).id();
        running.names.insert(id, name);
    }

    /// Waits until one of the tasks panics, and says which: nothing would do its work from then on.
    pub(super) async fn failed(&self) -> &'static str {
        poll_fn(|context| {
            let mut running = self.0.borrow_mut();
            loop {
                match running.tasks.poll_join_next_with_id(context) {
                    Poll::Ready(Some(Ok((id, ())))) => drop(running.names.remove(&id)),
                    Poll::Ready(Some(Err(error))) => {
                        let name = running.names.remove(&error.id());
                        if error.is_panic() {
                            return Poll::Ready(name.unwrap_or_default());
                        }
                    }
                    // Whoever waits here does so beside what starts tasks, and looks again when that has.
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }
}

#[expect(clippy::disallowed_methods, reason = "the one clock of the server")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_named_and_one_that_ends_is_not() {
        let tasks = Tasks::default();
        tasks.start("ends", async {});
        tasks.start("runs", pending());
        tasks.start("panics", async { panic!("a mistake") });
        assert_eq!(tasks.failed().await, "panics");
        assert!(futures::FutureExt::now_or_never(tasks.failed()).is_none(), "the others are well");
    }
}
