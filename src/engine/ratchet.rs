//! The ratchet: an update is refused for what it makes worse, not for what was there before.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::fenced;
use crate::modes::{Because, Mode, Ruling};
use crate::object::meta::Object;
use crate::policy::{Compiled, Context, Facts, Finding, Findings, Meta, Needs, Operation, Subject};
use crate::tree::path::FieldPath;
use crate::tree::{Node, Value};

/// The object before an update.
pub(super) struct Before<'a> {
    after: &'a Subject<'a>,
    /// Prepared when the first refusal asks for it: most updates are not refused.
    subject: OnceCell<Option<Subject<'a>>>,
    nothing_relevant_changed: OnceCell<bool>,
}

/// What a policy found in the old object, by place.
#[derive(Default)]
pub(super) struct Old(BTreeMap<String, Finding>);

/// Fields of `metadata` that change when an object is deleted or merely written.
const IRRELEVANT_METADATA: [&str; 5] =
    ["finalizers", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "generation"];

impl<'a> Before<'a> {
    pub(super) fn of(subject: &'a Subject<'a>) -> Self {
        Self { after: subject, subject: OnceCell::new(), nothing_relevant_changed: OnceCell::new() }
    }

    fn subject(&self) -> Option<&Subject<'a>> {
        let is_update = self.after.operation == Operation::Update;
        self.subject.get_or_init(|| if is_update { self.after.before() } else { None }).as_ref()
    }

    /// What the policy finds in the old object. Findings about the request are not about the object: nothing
    /// was there before.
    pub(super) fn findings(&self, meta: &Meta, policy: &Compiled, facts: &dyn Facts) -> Old {
        let Some(subject) = self.subject().filter(|_| meta.needs != Needs::Request) else {
            return Old::default();
        };
        let mut out = Findings::of(subject.judged().map(Object::node));
        if !fenced(policy, &Context { subject, facts }, &mut out) {
            return Old::default();
        }
        let found = out.found.into_iter();
        Old(found.filter_map(|finding| Some((stable_path(subject, &finding)?, finding))).collect())
    }

    /// Lowers a refusal for what the old object had too, and all of them if the update changes nothing that
    /// matters.
    pub(super) fn lower(&self, ruling: &mut Ruling, finding: &Finding, old: &Old) {
        let path = || stable_path(self.after, finding);
        let was = if old.0.is_empty() { None } else { path().and_then(|path| old.0.get(&path)) };
        if was.is_some_and(|was| !self.is_worse(finding, was)) {
            ruling.mode = Mode::Warn;
            ruling.because = Because::Grandfathered;
        } else if *self.nothing_relevant_changed.get_or_init(|| self.changes_nothing_relevant()) {
            ruling.mode = Mode::Warn;
            ruling.because = Because::NothingRelevantChanged;
        }
    }

    /// Worse is what the policy says is worse; where it does not say, another text at the same place is another
    /// violation: a mount of `/` is not excused by one of `/var/log`.
    fn is_worse(&self, now: &Finding, then: &Finding) -> bool {
        if let (Some(now), Some(then)) = (now.magnitude, then.magnitude) {
            return now > then;
        }
        let text = |subject: Option<&Subject<'a>>, finding: &Finding| {
            let node = subject?.judged()?.node().tree().node(finding.node)?;
            matches!(node.value(), Value::Text(_)).then_some(node)
        };
        match (text(Some(self.after), now), text(self.subject(), then)) {
            (Some(now), Some(then)) => !now.same(then),
            (now, then) => now.is_some() != then.is_some(),
        }
    }

    fn changes_nothing_relevant(&self) -> bool {
        let (Some(old), Some(new)) = (self.subject().and(self.after.old), self.after.object) else {
            return false;
        };
        let metadata = |node: Node<'a>| node.get("metadata").filter(|it| it.is_object());
        let same_metadata = match (metadata(old.node()), metadata(new.node())) {
            (Some(old), Some(new)) => old.same_except(new, &IRRELEVANT_METADATA),
            (old, new) => old.is_none() && new.is_none(),
        };
        same_metadata && old.node().same_except(new.node(), &["metadata", "status"])
    }
}

/// The path of a finding below the object that is judged, the same in another version of the object.
fn stable_path(subject: &Subject<'_>, finding: &Finding) -> Option<String> {
    let root = subject.judged()?.node();
    let path = FieldPath::below(root, root.tree().node(finding.node)?).by_key();
    Some(finding.path_by(&path))
}
