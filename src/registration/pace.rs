//! How soon to write again: at once, unless something else keeps writing too.

use std::time::Duration;

use tokio::time::Instant;

/// The first wait, doubled with every further correction.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST: Duration = Duration::from_mins(1);
/// After so long without a correction, on top of the wait, all is forgotten.
const QUIET: Duration = Duration::from_mins(1);

/// Waits between corrections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    last: Option<Instant>,
    wait: Duration,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { last: None, wait: Duration::ZERO }
    }

    /// When the next write may be.
    pub(super) fn next(&self) -> Option<Instant> {
        self.last.map(|last| last + self.wait)
    }

    /// Notes a correction, or an attempt that failed.
    pub(super) fn corrected(&mut self, now: Instant) {
        self.wait = if self.is_quiet(now) { FIRST } else { (self.wait * 2).min(LONGEST) };
        self.last = Some(now);
    }

    /// Whether this has gone on for longer than anything that happens once.
    pub(super) fn is_slow(&self, now: Instant) -> bool {
        self.wait >= FIRST * 8 && !self.is_quiet(now)
    }

    fn is_quiet(&self, now: Instant) -> bool {
        self.last.is_none_or(|last| now.duration_since(last) > self.wait + QUIET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fights_is_answered_ever_more_slowly_and_forgiven_after_a_while() {
        let mut pace = Pace::new();
        assert_eq!(pace.next(), None);
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..9 {
            pace.corrected(now);
            let next = pace.next().unwrap();
            waits.push((next - now).as_secs());
            now = next;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert!(pace.is_slow(now));
        now += QUIET + Duration::from_secs(1);
        assert!(!pace.is_slow(now));
        pace.corrected(now);
        assert_eq!(pace.next(), Some(now + FIRST));
    }
}
