//! Whether Seawall should be sent reviews, and why not: one named handle for each thing that must be there.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All that must be there before reviews can be answered. Clones are views of the same.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    draining: AtomicBool,
    parts: Mutex<Vec<Part>>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    ready: bool,
    note: String,
}

/// One of the things that must be there.
#[derive(Clone, Debug)]
pub struct ReadinessHandle {
    readiness: Readiness,
    index: usize,
}

impl Readiness {
    /// With nothing to wait for yet, which counts as ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a thing that must be there; it is not until its handle says so.
    pub fn part(&self, name: &'static str) -> ReadinessHandle {
        let mut parts = self.parts();
        parts.push(Part { name, ready: false, note: "starting".to_owned() });
        ReadinessHandle { readiness: self.clone(), index: parts.len() - 1 }
    }

    /// Is not ready from now on, whatever the handles say.
    pub fn drain(&self) {
        self.0.draining.store(true, Relaxed);
    }

    /// Whether everything is there and nothing drains.
    pub fn is_ready(&self) -> bool {
        !self.0.draining.load(Relaxed) && self.parts().iter().all(|part| part.ready)
    }

    /// One line for each part, as the API server's own endpoints write them.
    pub fn report(&self) -> String {
        let mut report = String::new();
        for Part { name, ready, note } in self.parts().iter() {
            // Writing to a string cannot fail.
            let _ = match (ready, note.as_str()) {
                (true, "") => writeln!(report, "[+]{name} ok"),
                (true, note) => writeln!(report, "[+]{name} ok: {note}"),
                (false, note) => writeln!(report, "[-]{name} failed: {note}"),
            };
        }
        if self.0.draining.load(Relaxed) {
            report.push_str("[-]shutdown failed: draining\n");
        }
        report
    }

    fn parts(&self) -> MutexGuard<'_, Vec<Part>> {
        self.0.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadinessHandle {
    /// It is there.
    pub fn ok(&self) {
        self.set(true, String::new());
    }

    /// It is there, and there is something to be said about it that does not stand in the way.
    pub fn detail(&self, note: impl Into<String>) {
        self.set(true, note.into());
    }

    /// It is not there.
    pub fn not_ready(&self, reason: impl Into<String>) {
        self.set(false, reason.into());
    }

    fn set(&self, ready: bool, note: String) {
        if let Some(part) = self.readiness.parts().get_mut(self.index) {
            part.ready = ready;
            part.note = note;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_when_every_part_is() {
        let readiness = Readiness::new();
        let (certificate, configuration) = (readiness.part("certificate"), readiness.part("configuration"));
        assert!(!readiness.is_ready());
        certificate.ok();
        configuration.not_ready("no file");
        assert!(!readiness.is_ready());
        assert_eq!(readiness.report(), "[+]certificate ok\n[-]configuration failed: no file\n");
        configuration.detail("reload failed, still serving digest 1234");
        assert!(readiness.is_ready());
        assert_eq!(
            readiness.report(),
            "[+]certificate ok\n[+]configuration ok: reload failed, still serving digest 1234\n"
        );
    }

    #[test]
    fn draining_is_final() {
        let readiness = Readiness::new();
        let part = readiness.part("certificate");
        part.ok();
        readiness.drain();
        part.ok();
        assert!(!readiness.is_ready());
        assert_eq!(readiness.report(), "[+]certificate ok\n[-]shutdown failed: draining\n");
    }
}
