//! One finding for one defect: a finding goes where a policy that it yields to speaks of the same.
//!
//! Nothing is let through by it: the finding that stays is at least as strict as the one that goes, now and at any
//! date that is known. So a finding also stays where the other policy is off, excepted, or refuses nothing because
//! the old object had the same.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use super::{Judged, container_node};
use crate::modes::Mode;
use crate::policy::{Reach, Subject, Yield};
use crate::tree::NodeId;

/// What a finding speaks of.
#[derive(PartialEq, Eq, Hash)]
enum Spot<'a> {
    Object,
    Pod,
    Container(NodeId),
    Field(&'a str),
}

/// A mode now, and the strictest that is known to come.
type Strictness = (Mode, Mode);

/// Takes out the findings that yield to others. Those others may have to go themselves: as no policy yields to itself,
/// not even through others, one of them always stays.
pub(super) fn take_yielding(findings: &mut Vec<Judged>, subject: &Subject<'_>) -> Vec<Judged> {
    if findings.len() < 2 || findings.iter().all(|finding| finding.policy.yields_to.is_empty()) {
        return Vec::new();
    }
    let yielded_to: HashSet<&str> =
        findings.iter().flat_map(|finding| finding.policy.yields_to).map(|other| other.code).collect();
    let mut spoken = HashMap::<_, Strictness>::new();
    for finding in findings.iter().filter(|finding| yielded_to.contains(finding.policy.code)) {
        let (now, later) = strictness(finding);
        let within = container_spot(finding, subject).unwrap_or(Spot::Pod);
        for spot in [Spot::Object, within, Spot::Field(&finding.path)] {
            let known = spoken.entry((finding.policy.code, spot)).or_default();
            *known = (known.0.max(now), known.1.max(later));
        }
    }
    let yields = |finding: &Judged| {
        let (now, later) = strictness(finding);
        let speaks = |code, spot| {
            let other = spoken.get(&(code, spot));
            other.is_some_and(|(other_now, other_later)| *other_now >= now && *other_later >= later)
        };
        finding.policy.yields_to.iter().any(|&Yield { code, within }| {
            let in_container = || container_spot(finding, subject).is_some_and(|spot| speaks(code, spot));
            match within {
                Reach::Object => speaks(code, Spot::Object),
                Reach::Container => in_container(),
                Reach::PodOrContainer => speaks(code, Spot::Pod) || in_container(),
                Reach::Field => speaks(code, Spot::Field(&finding.path)),
            }
        })
    };
    // Decided before any of them moves: what is looked up are the paths of all.
    let yielding: Vec<bool> = findings.iter().map(yields).collect();
    let mut yielding = yielding.into_iter();
    findings.extract_if(.., |_| yielding.next().unwrap_or(false)).collect()
}

fn container_spot<'a>(finding: &Judged, subject: &Subject<'_>) -> Option<Spot<'a>> {
    let node = subject.judged()?.node().tree().node(finding.node)?;
    Some(Spot::Container(container_node(node)?.id()))
}

fn strictness(finding: &Judged) -> Strictness {
    let upcoming = finding.upcoming.map_or(finding.mode, |upcoming| upcoming.mode);
    (finding.mode, finding.mode.max(upcoming))
}
