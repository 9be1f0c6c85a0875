//! The compiled rules and the one loop over policies. Webhook, `check` and audit differ in what they do with
//! the verdict, in nothing else.

mod dispatch;
mod ratchet;
#[cfg(test)]
mod tests;
mod verdict;
#[cfg(test)]
mod workload_tests;
mod yielding;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::modes::{Because, ContainerAt, Mode, ModeTable, Ruling, Run, View};
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::object::pod_spec::Container;
use crate::object::{View as _, shape};
use crate::policy::{
    Compiled, Context, Facts, Finding, Findings, Meta, Needs, Operation, Subject, Theme, Unknown,
};
use crate::tree::{Node, ROOT};

use dispatch::{Dispatch, Planned};
use ratchet::{Before, Old};
pub use verdict::{CannotJudge, Decision, Judged, Missing, NotEvaluated, Verdict};

/// Everything that decides a verdict, in one immutable value: it is swapped as a whole when the configuration
/// changes.
pub struct Rules {
    table: ModeTable,
    dispatch: Dispatch,
    digest: String,
}

/// Says whether the time for a review is over. It is asked between themes and before facts are read, so it may
/// look at a clock.
pub type Expired<'a> = &'a dyn Fn() -> bool;

impl Rules {
    /// Rules from a table and the digest of the configuration that it was made from.
    pub fn new(table: ModeTable, digest: impl Into<String>) -> Self {
        let dispatch = Dispatch::new(&table);
        Self { table, dispatch, digest: digest.into() }
    }

    /// The digest of the configuration.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The mode table.
    pub fn table(&self) -> &ModeTable {
        &self.table
    }

    /// The strictest mode that any policy could have for a subject: what not judging it can come to.
    pub fn bound(&self, subject: &Subject<'_>, facts: &dyn Facts) -> Mode {
        let view = self.table.view(subject, facts);
        let policies = self.dispatch.policies(subject).iter();
        policies.map(|planned| view.bound(planned.policy)).max().unwrap_or_default()
    }

    /// The kinds of other objects that policies which are not off everywhere have to know, in a fixed order.
    pub fn reads(&self) -> Vec<&'static Kind> {
        let read: Vec<&Kind> = self.enabled().flat_map(|policy| self.read_by(policy)).collect();
        kinds::ALL.iter().copied().filter(|kind| read.contains(kind)).collect()
    }

    /// The kinds of objects about which policies that are not off everywhere can say something while nobody writes them,
    /// in a fixed order. [`kinds::CUSTOM_WORKLOAD`] stands for those that the configuration declares.
    pub fn judges(&self) -> Vec<&'static Kind> {
        self.dispatch.judges().collect()
    }

    /// The codes of policies that are not off everywhere and have to know a kind.
    pub fn readers(&self, kind: &Kind) -> Vec<&'static str> {
        let reading = self.enabled().filter(|policy| self.read_by(*policy).any(|read| read == kind));
        reading.map(|policy| self.table.policy(policy).meta.code).collect()
    }

    /// The policies that are not off everywhere.
    fn enabled(&self) -> impl Iterator<Item = usize> {
        let policies = self.table.policies().map(|(policy, _)| policy);
        policies.filter(|policy| self.table.strictest(*policy) > Mode::Off)
    }

    /// The kinds that a policy has to know: those that it asks for, and the parents of subresources where a rule asks for
    /// labels, because what arrives for a subresource has none of its own.
    fn read_by(&self, policy: usize) -> impl Iterator<Item = &'static Kind> {
        let meta = self.table.policy(policy).meta;
        let by_labels = self.table.asks_for_labels_of(policy);
        let parents = meta.kinds.iter().filter(move |_| by_labels).flat_map(|kind| kind.parents());
        meta.reads.iter().copied().chain(parents)
    }

    /// The strictest mode that any policy has anywhere.
    pub fn strictest(&self) -> Mode {
        self.table.policies().map(|(policy, _)| self.table.strictest(policy)).max().unwrap_or_default()
    }

    /// Judges one subject by every policy that can apply to it.
    pub fn evaluate(&self, subject: &Subject<'_>, facts: &dyn Facts, expired: Expired<'_>) -> Verdict {
        let policies = self.dispatch.policies(subject);
        if policies.is_empty() {
            return Verdict::default();
        }
        if let Some(error) = wrong_shape(subject) {
            // Where every policy is off nobody asked.
            let bound = self.bound(subject, facts);
            let malformed = (bound > Mode::Off).then_some(error);
            return Verdict { malformed, bound, ..Verdict::default() };
        }
        let view = self.table.view(subject, facts);
        let mut review = Review {
            table: &self.table,
            view: &view,
            context: Context { subject, facts },
            before: Before::of(subject),
            found: Findings::of(subject.judged().map(Object::node)),
            verdict: Verdict::default(),
            position: 0,
            theme: None,
        };
        // One fence around the whole loop: one around each policy would cost as much as many a policy.
        while catch_unwind(AssertUnwindSafe(|| review.judge_rest(policies, expired))).is_err() {
            review.skip_panicked(policies);
        }
        let mut verdict = review.verdict;
        verdict.yielded = yielding::take_yielding(&mut verdict.findings, subject);
        // The strictest first; among equals the order of the catalogue and of the object.
        verdict.findings.sort_by_key(|finding| std::cmp::Reverse(finding.mode));
        verdict
    }
}

fn wrong_shape(subject: &Subject<'_>) -> Option<shape::ShapeError> {
    let (kind, root) = (subject.kind()?, subject.judged()?.node());
    let template = || subject.workload().map_or(Ok(()), |workload| workload.check(root));
    shape::check(root, kind.shape).and_then(|()| template()).err()
}

/// One evaluation under way.
struct Review<'a> {
    table: &'a ModeTable,
    view: &'a View<'a>,
    context: Context<'a>,
    before: Before<'a>,
    found: Findings,
    verdict: Verdict,
    /// Which of the policies is being run.
    position: usize,
    theme: Option<Theme>,
}

impl Review<'_> {
    /// Runs the policies that have not been run, up to the end or to one that panics.
    fn judge_rest(&mut self, policies: &[Planned], expired: Expired<'_>) {
        while let Some(planned) = policies.get(self.position) {
            let is_settled = self.view.is_settled(planned.is_scoped);
            let bound =
                if is_settled { self.view.at_most(planned.base) } else { self.view.bound(planned.policy) };
            if bound > Mode::Off && planned.can_judge(self.context.subject) {
                self.verdict.bound = self.verdict.bound.max(bound);
                if (self.theme != Some(planned.theme) || planned.needs == Needs::Facts) && expired() {
                    self.stop_at(&policies[self.position..]);
                    return;
                }
                self.theme = Some(planned.theme);
                if is_settled {
                    self.run(planned.policy, bound, Run::Settings, &planned.compiled);
                } else {
                    self.run_each(planned.policy, bound);
                }
            }
            self.position += 1;
        }
    }

    /// Puts a policy that panicked on record. What it had reported is dropped, so no half-made state is seen.
    fn skip_panicked(&mut self, policies: &[Planned]) {
        self.found.clear();
        if let Some(planned) = policies.get(self.position) {
            let policy = planned.policy;
            self.verdict.panicked.push((self.view.policy(policy), self.view.bound(policy)));
        }
        self.position += 1;
    }

    fn run_each(&mut self, policy: usize, bound: Mode) {
        let view = self.view;
        for (run, compiled) in view.runs(policy) {
            self.run(policy, bound, run, compiled);
        }
    }

    fn run(&mut self, policy: usize, bound: Mode, run: Run, compiled: &Compiled) {
        compiled(&self.context, &mut self.found);
        // Most find nothing, and the loop is faster without the rest in it.
        if let Some(unknown) = self.found.unknown.take() {
            self.not_evaluated(policy, unknown);
        }
        if !self.found.found.is_empty() {
            self.take_found(policy, bound, run, compiled);
        }
    }

    /// Says of a policy what it would have had to know.
    #[inline(never)]
    fn not_evaluated(&mut self, policy: usize, unknown: Unknown) {
        room_for_usual(&mut self.verdict.not_evaluated);
        self.verdict
            .not_evaluated
            .push(NotEvaluated { policy: self.view.policy(policy), what: unknown.into() });
    }

    /// Moves what a run has found into the verdict.
    #[inline(never)]
    fn take_found(&mut self, policy: usize, bound: Mode, run: Run, compiled: &Compiled) {
        let (view, subject, meta) = (self.view, self.context.subject, self.view.policy(policy));
        let cut = self.found.cut;
        room_for_usual(&mut self.verdict.findings);
        let mut old = None;
        for mut finding in self.found.found.drain(..) {
            let container = container_of(view, subject, &finding);
            if view.run_of(policy, container) != run {
                continue;
            }
            let mut ruling = view.ruling(policy, container);
            if is_being_created(subject)
                && let Some(later) = finding.passing
            {
                finding.remark(later);
                if ruling.mode > Mode::Warn {
                    (ruling.mode, ruling.because) = (Mode::Warn, Because::NotSeenYet);
                }
            }
            if ruling.mode == Mode::Deny {
                // Without the ratchet nothing is grandfathered, but an object must still be able to go; nor is
                // anything of an object with more findings than can be compared.
                let old = old.get_or_insert_with(|| {
                    let ratchet = (self.table.has_ratchet() && cut == 0).then_some(&self.before);
                    ratchet.map_or_else(Old::default, |it| it.findings(meta, compiled, self.context.facts))
                });
                self.before.lower(&mut ruling, &finding, old);
            }
            if ruling.mode > Mode::Off {
                let Ruling { mode, because, upcoming } = ruling;
                self.verdict.findings.push(Judged { policy: meta, finding, mode, because, upcoming });
            }
        }
        if cut > 0 {
            self.verdict.findings.push(rest(subject, meta, cut, bound));
        }
        self.found.begin();
    }

    /// The time is over: what has not run yet is named, and the strictest mode it could have had is kept.
    fn stop_at(&mut self, rest: &[Planned]) {
        let bounds = rest.iter().map(|it| (self.view.policy(it.policy), self.view.bound(it.policy)));
        let unfinished: Vec<_> = bounds.filter(|(_, bound)| *bound > Mode::Off).collect();
        self.verdict.unfinished = unfinished.iter().map(|(_, bound)| *bound).max();
        self.verdict
            .not_evaluated
            .extend(unfinished.into_iter().map(|(policy, _)| NotEvaluated { policy, what: Missing::Time }));
    }
}

/// Makes room in an empty list for as many as there usually are: growing to that step by step would move them often.
fn room_for_usual<T>(list: &mut Vec<T>) {
    if list.capacity() == 0 {
        list.reserve(20);
    }
}

/// Whether somebody is making the object just now: what belongs to it may follow. Of files, and of what exists already,
/// nothing is on its way.
fn is_being_created(subject: &Subject<'_>) -> bool {
    subject.operation == Operation::Create && subject.request.is_some()
}

/// Runs a policy on its own; a panic in it is contained and told apart from an answer.
fn fenced(policy: &Compiled, context: &Context<'_>, out: &mut Findings) -> bool {
    catch_unwind(AssertUnwindSafe(|| policy(context, out))).is_ok()
}

/// Findings that were not kept, as one: nobody knows in which containers they are, so that the strictest mode counts.
fn rest(subject: &Subject<'_>, policy: &'static Meta, cut: usize, mode: Mode) -> Judged {
    let root = subject.judged().map_or(ROOT, |object| object.node().id());
    let finding = Finding::new(root, "", &format!("and {cut} more findings of this kind"));
    Judged { policy, finding, mode, because: Because::NotKept, upcoming: None }
}

/// The container that a finding is in, looked up only where a rule or an exception asks for it.
fn container_of<'t>(view: &View<'_>, subject: &Subject<'t>, finding: &Finding) -> Option<ContainerAt<'t>> {
    if !view.depends_on_container() {
        return None;
    }
    container_at(subject.judged()?.node().tree().node(finding.node)?)
}

/// The container that a node is part of, as rules and exceptions ask for it.
fn container_at(node: Node<'_>) -> Option<ContainerAt<'_>> {
    Container::view(container_node(node)?).map(ContainerAt::of)
}

/// The container that a node is part of, or is itself.
fn container_node(mut node: Node<'_>) -> Option<Node<'_>> {
    loop {
        let parent = node.parent()?;
        if parent.is_array()
            && matches!(parent.key(), "containers" | "initContainers" | "ephemeralContainers")
        {
            return Some(node);
        }
        node = parent;
    }
}
