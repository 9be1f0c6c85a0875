//! What to do next about a managed certificate: a pure decision over the Secret, the live `caBundle` and the time.
//!
//! A certificate is replaced by one write. An authority is replaced in three, so that at each moment what is served
//! is verified by what the API server trusts: the new authority is trusted beside the old one, then issues what is
//! served, then is trusted alone. Where things stand follows from the Secret and the live `caBundle` alone, so that
//! whoever does the next step need not be who did the last.

#[cfg(test)]
mod story;
#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::certificates::authority::{Authority, LEEWAY, after};
use crate::certificates::stored::Change;
use crate::certificates::{Bundle, Certificate, CertificateError, Identity, Rotate, Stored};

/// With so many authorities trusted, a rotation that is asked for waits until some have been retired. More than two
/// are there only where rotations overtake each other.
const ENOUGH: usize = 4;
/// The most authorities in a bundle, whatever has befallen the Secret; the oldest give way.
const MOST: usize = 8;

/// How long things live.
#[derive(Clone, Copy, Debug)]
pub struct Periods {
    /// Validity of an authority. [one year]
    pub authority: Duration,
    /// Validity of a certificate. [90 days]
    pub leaf: Duration,
    /// How long an authority is trusted after the last certificate of it was replaced. [one hour]
    pub overlap: Duration,
    /// After this time an authority counts as trusted where nobody can say what the live `caBundle` is. [one day]
    pub unseen: Duration,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            authority: Duration::from_hours(365 * 24),
            leaf: Duration::from_hours(90 * 24),
            overlap: Duration::from_hours(1),
            unseen: Duration::from_hours(24),
        }
    }
}

/// The next thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, for now.
    Nothing,
    /// Make an authority and a certificate of it: nothing that is stored can be served.
    First,
    /// Issue a certificate of the newest authority.
    Leaf,
    /// Make an authority, to be trusted beside those that are.
    Authority,
    /// Trust the newest authority alone.
    Retire,
}

/// What the API server has as `caBundle`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Live<'a> {
    /// At the last look; `None` where there is nothing to look at.
    pub current: Option<&'a Bundle>,
    /// The same, once it has been so for long enough that every API server knows it.
    pub settled: Option<&'a Bundle>,
    /// Whether neither it nor the stored certificate has changed for so long that every replica has seen both.
    /// Other than times in certificates, this does not hang on anybody's clock being right.
    pub is_quiet: bool,
}

/// The rules by which certificates for some names are renewed.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The DNS names of the certificate.
    pub names: Vec<String>,
    /// How long things live.
    pub periods: Periods,
}

impl Rotation {
    /// What to do next.
    pub fn next(&self, stored: &Stored, live: Live<'_>, now: Timestamp) -> Step {
        let authority = stored.authority.as_ref().map(|it| &it.certificate).filter(|it| it.is_valid(now));
        let Some(leaf) = stored.leaf.as_ref().filter(|leaf| self.serves(leaf, stored, live, now)) else {
            return if authority.is_some() { Step::Leaf } else { Step::First };
        };
        let Some(authority) = authority.filter(|_| self.verifies(&stored.bundle, leaf, now)) else {
            return Step::Authority;
        };
        let is_room = stored.bundle.len() < ENOUGH;
        if is_room && (stored.rotate == Some(Rotate::Authority) || is_due(authority, now)) {
            return Step::Authority;
        }
        if !self.verifies(&stored.bundle.only(|it| it.der == authority.der), leaf, now) {
            let is_known = match live.settled {
                Some(bundle) => bundle.contains(authority),
                None => live.current.is_none() && now >= after(issued(authority), self.periods.unseen),
            };
            return if is_known { Step::Leaf } else { Step::Nothing };
        }
        if stored.rotate == Some(Rotate::Leaf) || is_due(leaf.leaf(), now) {
            return Step::Leaf;
        }
        let (period, is_known) = match live.settled {
            Some(bundle) => (self.periods.overlap, self.verifies(bundle, leaf, now)),
            None => (self.periods.overlap + self.periods.unseen, live.current.is_none()),
        };
        let is_over = live.is_quiet && stored.bundle.len() > 1 && now >= after(issued(leaf.leaf()), period);
        if is_over && is_known { Step::Retire } else { Step::Nothing }
    }

    /// Does a step, as far as the world outside is not concerned.
    pub(super) fn take(
        &self,
        step: Step,
        stored: &Stored,
        live: Live<'_>,
        now: Timestamp,
    ) -> Result<Change, CertificateError> {
        let Periods { authority: validity, leaf, .. } = self.periods;
        match (step, &stored.authority) {
            (Step::Leaf, Some(authority)) => {
                let issued = authority.issue(&self.names, leaf, now)?;
                Ok(Change {
                    leaf: Some((issued.certificate_pem, issued.key_pem)),
                    begun: stored.rotate == Some(Rotate::Leaf),
                    ..Change::default()
                })
            }
            (Step::Retire, Some(authority)) => {
                let bundle = stored.bundle.only(|it| it.der == authority.certificate.der);
                Ok(Change { bundle: Some(bundle), ..Change::default() })
            }
            (Step::First | Step::Authority, _) => {
                let made = Authority::generate("seawall authority", validity, now)?;
                // What is trusted stays trusted, whatever has become of the Secret: replicas may still serve by it.
                let trusted = live.current.map_or_else(Bundle::default, Clone::clone);
                let trusted = stored.bundle.after(&trusted, MOST);
                let bundle = Bundle::read(made.certificate_pem.as_bytes()).0.after(&trusted, MOST);
                let issued = (step == Step::First)
                    .then(|| made.authority.issue(&self.names, leaf, now))
                    .transpose()?;
                let begun = stored.rotate == Some(Rotate::Authority) || step == Step::First;
                Ok(Change {
                    bundle: Some(bundle),
                    authority_key: Some(made.key_pem),
                    leaf: issued.map(|it| (it.certificate_pem, it.key_pem)),
                    begun: begun && stored.rotate.is_some(),
                })
            }
            (Step::Nothing | Step::Leaf | Step::Retire, _) => Ok(Change::default()),
        }
    }

    /// What a replica has to serve instead of `served`, if anything: the stored certificate, once the API server
    /// verifies it, or at once where what is served is of no use anyway.
    pub(super) fn successor<'a>(
        &self,
        served: Option<&Identity>,
        stored: &'a Stored,
        live: Live<'_>,
        now: Timestamp,
    ) -> Option<&'a Identity> {
        let next = stored.leaf.as_ref().filter(|it| it.leaf().is_valid(now))?;
        let Some(served) = served else { return Some(next) };
        if served.leaf().der == next.leaf().der {
            return None;
        }
        let is_verified = |bundle: &Bundle, identity| self.verifies(bundle, identity, now);
        let works = match live.current {
            Some(current) => is_verified(current, served),
            None => served.leaf().is_valid(now),
        };
        let will_work = match (live.current, live.settled) {
            (Some(current), Some(settled)) => is_verified(current, next) && is_verified(settled, next),
            (Some(_), None) => false,
            (None, _) => is_verified(&stored.bundle, next),
        };
        (will_work || !works).then_some(next)
    }

    /// What `caBundle` has to be, if the Secret is in a state to say so.
    pub(super) fn bundle(&self, stored: &Stored, now: Timestamp) -> Option<Vec<u8>> {
        let leaf = stored.leaf.as_ref()?;
        self.verifies(&stored.bundle, leaf, now).then(|| stored.bundle.pem().into_bytes())
    }

    /// Whether a certificate can be served: valid, for the right names, of an authority that is trusted.
    fn serves(&self, leaf: &Identity, stored: &Stored, live: Live<'_>, now: Timestamp) -> bool {
        let bundles = [Some(&stored.bundle), live.current];
        bundles.into_iter().flatten().any(|bundle| self.verifies(bundle, leaf, now))
    }

    fn verifies(&self, bundle: &Bundle, identity: &Identity, now: Timestamp) -> bool {
        identity.leaf().is_valid(now) && bundle.verify(identity, &self.names, now).is_ok()
    }
}

/// When a certificate was made.
fn issued(certificate: &Certificate) -> Timestamp {
    after(certificate.not_before, LEEWAY)
}

/// Whether two thirds of a certificate's life are over.
fn is_due(certificate: &Certificate, now: Timestamp) -> bool {
    let issued = issued(certificate);
    let life: SignedDuration = certificate.not_after.duration_since(issued);
    now.duration_since(issued) >= life / 3 * 2
}
