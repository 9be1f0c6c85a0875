//! One finding for one defect: a finding goes where a policy that it yields to speaks of the same.
//!
//! Nothing is let through by it: the finding that stays is at least as strict as the one that goes, now and at any
//! date that is known. So a finding also stays where the other policy is off, excepted, or refuses nothing because
//! the old object had the same.

#[cfg(test)]
mod tests;

use super::{Judged, container_node};
use crate::modes::Mode;
use crate::policy::{Meta, Number, Reach, Subject, Yield};
use crate::tree::NodeId;

/// What a finding speaks of.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Spot<'a> {
    Object,
    Pod,
    Container(NodeId),
    Field(&'a str),
}

/// A mode now, and the strictest that is known to come.
type Strictness = (Mode, Mode);

/// What has been said by which policy of what, sorted, and how strictly.
struct Spoken<'a>(Vec<((Number, Spot<'a>), Strictness)>);

/// Takes out the findings that yield to others. Those others may have to go themselves: as no policy yields to itself,
/// not even through others, one of them always stays.
pub(super) fn take_yielding(findings: &mut Vec<Judged>, subject: &Subject<'_>) -> Vec<Judged> {
    if findings.len() < 2 || findings.iter().all(|finding| finding.policy.yields_to.is_empty()) {
        return Vec::new();
    }
    // Hardly any policy yields to one that has found something.
    let policies: Vec<&Meta> = policies(findings).collect();
    let seen = policies.iter().fold(0, |seen, policy| seen | policy.number.bit());
    let mut others: Vec<&Yield> = Vec::new();
    for other in policies.iter().flat_map(|policy| policy.yields_to) {
        let has_found = || policies.iter().any(|policy| policy.number == other.number);
        if seen & other.number.bit() != 0 && !others.contains(&other) && has_found() {
            others.push(other);
        }
    }
    if others.is_empty() {
        return Vec::new();
    }
    let spoken = Spoken::of(findings, &others, subject);
    // Decided before any of them moves: what is looked up are the paths of all.
    let yielding: Vec<bool> = findings.iter().map(|finding| spoken.outdoes(finding, subject)).collect();
    let mut yielding = yielding.into_iter();
    findings.extract_if(.., |_| yielding.next().unwrap_or(false)).collect()
}

/// The policies of findings, which come policy by policy.
fn policies(findings: &[Judged]) -> impl Iterator<Item = &'static Meta> {
    findings.chunk_by(|one, next| std::ptr::eq(one.policy, next.policy)).map(|of_one| of_one[0].policy)
}

impl<'a> Spoken<'a> {
    /// What findings say to which others may yield.
    fn of(findings: &'a [Judged], others: &[&Yield], subject: &Subject<'_>) -> Self {
        let mut spoken = Vec::new();
        for finding in findings {
            let own = finding.policy.number;
            for other in others.iter().filter(|other| other.number == own) {
                let spot = match other.within {
                    Reach::Object => Spot::Object,
                    Reach::Container | Reach::PodOrContainer => {
                        container_spot(finding, subject).unwrap_or(Spot::Pod)
                    }
                    Reach::Field => Spot::Field(finding.path()),
                };
                spoken.push(((own, spot), strictness(finding)));
            }
        }
        spoken.sort_unstable();
        // What is said twice holds as strictly as either says.
        spoken.dedup_by(|(spot, (now, later)), (kept, strictest)| {
            let is_same = spot == kept;
            if is_same {
                *strictest = (strictest.0.max(*now), strictest.1.max(*later));
            }
            is_same
        });
        Self(spoken)
    }

    /// Whether something is said to which a finding yields.
    fn outdoes(&self, finding: &Judged, subject: &Subject<'_>) -> bool {
        let (now, later) = strictness(finding);
        let speaks = |policy, spot| {
            let wanted = (policy, spot);
            let place = self.0.binary_search_by(|(known, _)| known.cmp(&wanted));
            place.is_ok_and(|place| {
                let (_, (other_now, other_later)) = self.0[place];
                other_now >= now && other_later >= later
            })
        };
        finding.policy.yields_to.iter().any(|&Yield { number, within, .. }| {
            let in_container = || container_spot(finding, subject).is_some_and(|spot| speaks(number, spot));
            match within {
                Reach::Object => speaks(number, Spot::Object),
                Reach::Container => in_container(),
                Reach::PodOrContainer => speaks(number, Spot::Pod) || in_container(),
                Reach::Field => speaks(number, Spot::Field(finding.path())),
            }
        })
    }
}

fn container_spot<'a>(finding: &Judged, subject: &Subject<'_>) -> Option<Spot<'a>> {
    let node = subject.judged()?.node().tree().node(finding.finding.node)?;
    Some(Spot::Container(container_node(node)?.id()))
}

fn strictness(finding: &Judged) -> Strictness {
    let upcoming = finding.upcoming.map_or(finding.mode, |upcoming| upcoming.mode);
    (finding.mode, finding.mode.max(upcoming))
}
