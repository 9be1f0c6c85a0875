//! One finding for one defect: a finding goes where a policy that it yields to speaks of the same.
//!
//! Nothing is let through by it: the finding that stays is at least as strict as the one that goes, now and at any
//! date that is known. So a finding also stays where the other policy is off, excepted, or refuses nothing because
//! the old object had the same.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::{Judged, container_node};
use crate::modes::Mode;
use crate::policy::{Reach, Subject};
use crate::tree::NodeId;

/// What a finding speaks of.
#[derive(PartialEq, Eq, Hash)]
enum Spot<'a> {
    Object,
    Container(NodeId),
    Field(&'a str),
}

/// A mode now, and the strictest that is known to come.
type Strictness = (Mode, Mode);

/// Drops the findings that yield to others. Those others may have to go themselves: as no policy yields to itself,
/// not even through others, one of them always stays.
pub(super) fn drop_yielding(findings: &mut Vec<Judged>, subject: &Subject<'_>) {
    if findings.len() < 2 || findings.iter().all(|finding| finding.policy.yields_to.is_empty()) {
        return;
    }
    let mut spoken = HashMap::<_, Strictness>::new();
    for finding in findings.iter() {
        for reach in [Reach::Object, Reach::Container, Reach::Field] {
            let Some(spot) = spot(finding, reach, subject) else { continue };
            let (now, later) = strictness(finding);
            let known = spoken.entry((finding.policy.code, spot)).or_default();
            *known = (known.0.max(now), known.1.max(later));
        }
    }
    let yields = |finding: &Judged| {
        let (now, later) = strictness(finding);
        finding.policy.yields_to.iter().any(|other| {
            let spot = spot(finding, other.within, subject);
            let other = spot.and_then(|spot| spoken.get(&(other.code, spot)));
            other.is_some_and(|(other_now, other_later)| *other_now >= now && *other_later >= later)
        })
    };
    let stay: Vec<bool> = findings.iter().map(|finding| !yields(finding)).collect();
    let mut stay = stay.into_iter();
    findings.retain(|_| stay.next().unwrap_or(true));
}

fn spot<'a>(finding: &'a Judged, reach: Reach, subject: &Subject<'_>) -> Option<Spot<'a>> {
    match reach {
        Reach::Object => Some(Spot::Object),
        Reach::Container => {
            let node = subject.judged()?.node().tree().node(finding.node)?;
            Some(Spot::Container(container_node(node)?.id()))
        }
        Reach::Field => Some(Spot::Field(&finding.path)),
    }
}

fn strictness(finding: &Judged) -> Strictness {
    let upcoming = finding.upcoming.map_or(finding.mode, |upcoming| upcoming.mode);
    (finding.mode, finding.mode.max(upcoming))
}
