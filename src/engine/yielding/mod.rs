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
use crate::policy::{Meta, Reach, Subject, Yield};
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
    // Findings come policy by policy, and hardly any policy yields to one that has found something.
    let mut policies: Vec<&Meta> = findings.iter().map(|finding| finding.policy).collect();
    policies.dedup_by_key(|policy| policy.code);
    let has_found = |other: &&Yield| policies.iter().any(|policy| policy.code == other.code);
    let others: Vec<&Yield> = policies.iter().flat_map(|policy| policy.yields_to).filter(has_found).collect();
    if others.is_empty() {
        return Vec::new();
    }
    let mut spoken = HashMap::<_, Strictness>::new();
    for finding in findings.iter() {
        for other in others.iter().filter(|other| other.code == finding.policy.code) {
            let (now, later) = strictness(finding);
            let spot = match other.within {
                Reach::Object => Spot::Object,
                Reach::Container | Reach::PodOrContainer => {
                    container_spot(finding, subject).unwrap_or(Spot::Pod)
                }
                Reach::Field => Spot::Field(&finding.path),
            };
            let known = spoken.entry((other.code, spot)).or_default();
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
