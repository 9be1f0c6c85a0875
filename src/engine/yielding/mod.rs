//! One finding for one defect: a finding goes where a policy that it yields to speaks of the same.
//!
//! Nothing is let through by it: the finding that stays is at least as strict as the one that goes, now and at any
//! date that is known. So a finding also stays where the other policy is off, excepted, or refuses nothing because
//! the old object had the same.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

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

/// What has been said by which policy of what, and how strictly.
struct Spoken<'a>(BTreeMap<(Number, Spot<'a>), Strictness>);

/// Takes out the findings that yield to others. Those others may have to go themselves: as no policy yields to itself,
/// not even through others, one of them always stays.
pub(super) fn take_yielding(findings: &mut Vec<Judged>, subject: &Subject<'_>) -> Vec<Judged> {
    if findings.len() < 2 || findings.iter().all(|finding| finding.policy.yields_to.is_empty()) {
        return Vec::new();
    }
    // Hardly any policy yields to one that has found something.
    let found: Vec<Number> = policies(findings).map(|policy| policy.number).collect();
    let others = policies(findings).flat_map(|policy| policy.yields_to);
    let others: Vec<&Yield> = others.filter(|other| found.contains(&other.number)).collect();
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
        let mut spoken = BTreeMap::<_, Strictness>::new();
        for finding in findings {
            let (own, (now, later)) = (finding.policy.number, strictness(finding));
            for other in others.iter().filter(|other| other.number == own) {
                let spot = match other.within {
                    Reach::Object => Spot::Object,
                    Reach::Container | Reach::PodOrContainer => {
                        container_spot(finding, subject).unwrap_or(Spot::Pod)
                    }
                    Reach::Field => Spot::Field(finding.path()),
                };
                // What is said twice holds as strictly as either says.
                let known = spoken.entry((own, spot)).or_default();
                *known = (known.0.max(now), known.1.max(later));
            }
        }
        Self(spoken)
    }

    /// Whether something is said to which a finding yields.
    fn outdoes(&self, finding: &Judged, subject: &Subject<'_>) -> bool {
        let (now, later) = strictness(finding);
        let speaks = |policy, spot| {
            let other = self.0.get(&(policy, spot));
            other.is_some_and(|(other_now, other_later)| *other_now >= now && *other_later >= later)
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
