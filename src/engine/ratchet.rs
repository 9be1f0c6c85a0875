//! The ratchet: an update is refused for what it makes worse, not for what was there before.

use super::{fenced, path_of};
use crate::modes::{Because, Mode, Ruling};
use crate::policy::{Compiled, Context, Facts, Finding, Findings, Meta, Needs, Operation, Subject};
use crate::tree::Node;

/// The object before an update.
pub(super) struct Before<'a> {
    after: &'a Subject<'a>,
    subject: Option<Subject<'a>>,
}

/// What a policy found in the old object.
pub(super) struct OldFinding {
    path: String,
    magnitude: Option<i64>,
}

/// Fields of `metadata` that change when an object is deleted or merely written.
const IRRELEVANT_METADATA: [&str; 5] =
    ["finalizers", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "generation"];

impl<'a> Before<'a> {
    pub(super) fn of(subject: &'a Subject<'a>) -> Self {
        let is_update = subject.operation == Operation::Update;
        Self { after: subject, subject: if is_update { subject.before() } else { None } }
    }

    /// What the policy finds in the old object. Findings about the request are not about the object: nothing
    /// was there before.
    pub(super) fn findings(&self, meta: &Meta, policy: &Compiled, facts: &dyn Facts) -> Vec<OldFinding> {
        let Some(subject) = self.subject.as_ref().filter(|_| meta.needs != Needs::Request) else {
            return Vec::new();
        };
        let mut out = Findings::default();
        if !fenced(policy, &Context { subject, facts }, &mut out) {
            return Vec::new();
        }
        let found = out.found.iter();
        found
            .filter_map(|finding| {
                Some(OldFinding { path: path_of(subject, finding, true)?, magnitude: finding.magnitude })
            })
            .collect()
    }

    /// Lowers the mode of a finding that the old object had too, and of all if the update changes nothing that
    /// matters.
    pub(super) fn lower(&self, ruling: &mut Ruling, finding: &Finding, old: &[OldFinding]) {
        let path = path_of(self.after, finding, true);
        let was_there = |old: &&OldFinding| path.as_ref() == Some(&old.path);
        if let Some(old) = old.iter().find(was_there) {
            let worse = finding.magnitude.zip(old.magnitude).is_some_and(|(now, then)| now > then);
            if !worse {
                ruling.mode = ruling.mode.min(Mode::Warn);
                ruling.because = Because::Grandfathered;
                return;
            }
        }
        if ruling.mode == Mode::Deny && self.nothing_relevant_changed() {
            ruling.mode = Mode::Warn;
            ruling.because = Because::NothingRelevantChanged;
        }
    }

    fn nothing_relevant_changed(&self) -> bool {
        let (Some(old), Some(new)) = (self.after.old, self.after.object) else { return false };
        if self.subject.is_none() {
            return false;
        }
        let same_metadata = match (old.node().get("metadata"), new.node().get("metadata")) {
            (Some(old), Some(new)) => same_except(old, new, &IRRELEVANT_METADATA),
            (old, new) => old.is_none() && new.is_none(),
        };
        same_metadata && same_except(old.node(), new.node(), &["metadata", "status"])
    }
}

/// Whether two objects have the same entries, apart from those with the given keys.
fn same_except(old: Node<'_>, new: Node<'_>, except: &[&str]) -> bool {
    let contained = |a: Node<'_>, b: Node<'_>| {
        a.children()
            .filter(|child| !except.contains(&child.key()))
            .all(|child| b.get(child.key()).is_some_and(|other| child.same(other)))
    };
    contained(old, new) && contained(new, old)
}
