//! The mode table as it looks from one subject.

use jiff::Timestamp;

use super::explain::Step;
use super::scope::{CompiledScope, ContainerAt, Labelled, Match};
use super::table::{ModeTable, Row, RowRule};
use super::{Mode, Origin};
use crate::object::kinds::{self, Kind};
use crate::object::meta::{Object, group_of};
use crate::policy::{Compiled, Facts, Meta, Operation, Subject};

/// Answers for one subject; scopes are matched once, when it is made.
pub struct View<'a> {
    pub(super) table: &'a ModeTable,
    pub(super) now: Timestamp,
    pub(super) rules: Vec<Match>,
    pub(super) exceptions: Vec<Match>,
    /// No rule and no exception is about the subject.
    is_settled: bool,
    depends_on_container: bool,
    /// What the subject itself caps modes at, whatever the table says.
    cap: Option<(Mode, Because)>,
    /// The lower of the two caps.
    ceiling: Mode,
}

/// What decided a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The profile.
    Profile,
    /// The settings of the policy.
    Setting,
    /// The rule of this index.
    Rule(usize),
    /// A rule might apply, but the namespace or labels are not known: its mode, at most `warn`.
    LabelsUnknown(usize),
    /// The exception of this index.
    Exception(usize),
    /// An exception might apply, but the namespace or labels are not known: at most `warn`.
    MaybeExcepted(usize),
    /// The old object has the same finding at the same place.
    Grandfathered,
    /// The update changes only status, finalizers or deletion metadata.
    NothingRelevantChanged,
    /// Kubernetes' own controllers made the object for an owner that is reviewed itself.
    OwnedByController,
    /// What is missing may be on its way: nothing is refused for it at creation.
    NotSeenYet,
    /// Refusing an eviction or the deletion of a Pod would block node drains.
    DrainsMustPass,
    /// The cap of the configuration.
    MaxMode,
    /// There are more findings than are kept: the strictest mode that one of them could have.
    NotKept,
}

/// A stricter mode that will hold from a date on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// The mode.
    pub mode: Mode,
    /// When it begins to hold.
    pub from: Timestamp,
}

/// The mode of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The mode.
    pub mode: Mode,
    /// What decided it.
    pub because: Because,
    /// What will hold later, if that is stricter.
    pub upcoming: Option<Upcoming>,
}

/// Users as which Kubernetes' own controllers make objects for their owners.
pub const CONTROLLERS: [&str; 8] = [
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:cronjob-controller",
    "system:serviceaccount:kube-system:daemon-set-controller",
    "system:serviceaccount:kube-system:deployment-controller",
    "system:serviceaccount:kube-system:job-controller",
    "system:serviceaccount:kube-system:replicaset-controller",
    "system:serviceaccount:kube-system:replication-controller",
    "system:serviceaccount:kube-system:statefulset-controller",
];

impl<'a> View<'a> {
    pub(super) fn new(table: &'a ModeTable, subject: &Subject<'_>, facts: &dyn Facts) -> Self {
        let scopes = table.rules.len() + table.exceptions.len();
        let namespace = if scopes == 0 { None } else { namespace_of(subject, facts) };
        let labelled = labelled(table, subject, facts);
        let (mut is_settled, mut depends_on_container) = (true, false);
        let mut matches = |scope: &CompiledScope| {
            let matched = scope.matches(subject, labelled, namespace);
            is_settled &= matched == Match::No;
            depends_on_container |= matched != Match::No && scope.asks_for_container();
            matched
        };
        let cap = cap(table, subject);
        Self {
            table,
            now: subject.now,
            rules: table.rules.iter().map(|rule| matches(&rule.scope)).collect(),
            exceptions: table.exceptions.iter().map(|exception| matches(&exception.scope)).collect(),
            is_settled,
            depends_on_container,
            cap,
            ceiling: cap.map_or(table.max_mode.0, |(cap, _)| cap.min(table.max_mode.0)),
        }
    }

    /// The strictest mode that a finding of the policy could get, in whichever container it is.
    pub fn bound(&self, policy: usize) -> Mode {
        let row = &self.table.rows[policy];
        let mut bound = row.base;
        for rule in row.rules.iter().filter(|rule| self.has_begun(rule)) {
            let Some(mode) = self.table.rules[rule.rule].mode else { continue };
            match self.rules[rule.rule] {
                Match::No => {}
                Match::Yes => bound = mode,
                Match::PerContainer => bound = bound.max(mode),
                Match::Unknown if self.table.rules[rule.rule].scope.asks_for_container() => {
                    bound = bound.max(agreed(bound, mode));
                }
                Match::Unknown => bound = agreed(bound, mode),
            }
        }
        if self.unknown_params(row, None).is_some() {
            bound = bound.min(Mode::Warn);
        }
        match self.exception(row, None) {
            Some((_, Match::Yes)) => bound = bound.min(Mode::Audit),
            Some(_) => bound = bound.min(Mode::Warn),
            None => {}
        }
        self.capped(bound).0
    }

    /// Whether a policy, of which it is known whether any rule or exception names it, is as its settings left it: so it is
    /// with all of them in most reviews.
    #[inline]
    pub fn is_settled(&self, is_scoped: bool) -> bool {
        self.is_settled || !is_scoped
    }

    /// What the caps make of a mode.
    #[inline]
    pub fn at_most(&self, mode: Mode) -> Mode {
        mode.min(self.ceiling)
    }

    /// The policy with each set of parameters that may apply, and whether a finding of that run counts.
    ///
    /// Only a rule that names containers makes more than one: its parameters hold in these containers, others
    /// elsewhere, so that the policy is run with both and each finding is taken from the run that its container
    /// belongs to.
    pub fn runs(&self, policy: usize) -> impl Iterator<Item = (Run, &'a Compiled)> {
        let row = &self.table.rows[policy];
        let last_certain = row.rules.iter().rposition(|rule| self.gives_params(rule, Match::Yes));
        let first = last_certain.map_or((Run::Settings, &row.compiled), |index| compiled_run(row, index));
        let after = last_certain.map_or(0, |index| index + 1);
        let others = (after..row.rules.len())
            .filter(move |index| self.gives_params(&row.rules[*index], Match::PerContainer))
            .map(move |index| compiled_run(row, index));
        std::iter::once(first).chain(others)
    }

    /// The run whose parameters hold in a container.
    pub fn run_of(&self, policy: usize, container: Option<ContainerAt<'_>>) -> Run {
        let rules = &self.table.rows[policy].rules;
        let holds = |rule: &&RowRule| {
            rule.compiled.is_some() && self.has_begun(rule) && self.rule_match(rule, container) == Match::Yes
        };
        rules.iter().rfind(holds).map_or(Run::Settings, |rule| Run::Rule(rule.rule))
    }

    /// What there is to say about a policy.
    pub fn policy(&self, policy: usize) -> &'static Meta {
        self.table.policy(policy).meta
    }

    /// Whether any answer may differ from container to container.
    pub fn depends_on_container(&self) -> bool {
        self.depends_on_container
    }

    /// The mode of a finding of a policy in a container, before the engine looks at the old object.
    pub fn ruling(&self, policy: usize, container: Option<ContainerAt<'_>>) -> Ruling {
        if !self.is_settled(self.table.is_scoped(policy)) {
            return self.ruling_with_steps(policy, container, None);
        }
        let (base, because) = self.table.rows[policy].base();
        let (mode, cap) = self.capped(base);
        Ruling { mode, because: cap.unwrap_or(because), upcoming: None }
    }

    pub(super) fn ruling_with_steps(
        &self,
        policy: usize,
        container: Option<ContainerAt<'_>>,
        mut steps: Option<&mut Vec<Step>>,
    ) -> Ruling {
        let row = &self.table.rows[policy];
        let (mut mode, mut because) = row.base();
        if let Some(steps) = &mut steps {
            steps.push(Step::base(self.table, row));
        }
        for rule in &row.rules {
            let (matched, has_begun) = (self.rule_match(rule, container), self.has_begun(rule));
            let compiled = &self.table.rules[rule.rule];
            if let Some(steps) = &mut steps {
                let somewhere = if container.is_none() { self.rules[rule.rule] } else { matched };
                steps.push(Step::rule(compiled, somewhere, has_begun));
            }
            let Some(wanted) = compiled.mode.filter(|_| has_begun) else { continue };
            match matched {
                Match::Yes => (mode, because) = (wanted, Because::Rule(rule.rule)),
                Match::Unknown if wanted != mode => {
                    (mode, because) = (agreed(mode, wanted), Because::LabelsUnknown(rule.rule));
                }
                Match::No | Match::PerContainer | Match::Unknown => {}
            }
        }
        if mode > Mode::Warn
            && let Some(rule) = self.unknown_params(row, container)
        {
            (mode, because) = (Mode::Warn, Because::LabelsUnknown(rule));
        }
        if let Some(steps) = &mut steps {
            steps.extend(self.exception_steps(row, container));
        }
        let exception = self.exception(row, container);
        match exception {
            Some((index, Match::Yes)) if mode > Mode::Audit => {
                (mode, because) = (Mode::Audit, Because::Exception(index));
            }
            Some((index, Match::Unknown)) if mode > Mode::Warn => {
                (mode, because) = (Mode::Warn, Because::MaybeExcepted(index));
            }
            _ => {}
        }
        let (capped, cap) = self.capped(mode);
        if let Some(cap) = cap {
            if let Some(steps) = &mut steps {
                steps.push(Step::cap(self.table, capped, cap));
            }
            because = cap;
        }
        let upcoming = if exception.is_some() { None } else { self.upcoming(row, container, capped) };
        Ruling { mode: capped, because, upcoming }
    }

    /// The first stricter mode that dated rules will give.
    fn upcoming(&self, row: &Row, container: Option<ContainerAt<'_>>, now: Mode) -> Option<Upcoming> {
        let applies = |rule: &&RowRule| {
            self.table.rules[rule.rule].mode.is_some() && self.rule_match(rule, container) == Match::Yes
        };
        // A rule that holds already wins over all before it, also when they begin to hold.
        let held = row.rules.iter().rposition(|rule| applies(&rule) && self.has_begun(rule));
        let later = || {
            let rules = row.rules.iter().skip(held.map_or(0, |held| held + 1)).filter(applies);
            rules.filter_map(|rule| {
                let rule = &self.table.rules[rule.rule];
                rule.from.zip(rule.mode)
            })
        };
        let stricter = later().filter_map(|(from, _)| {
            let (_, mode) = later().rfind(|(begin, _)| *begin <= from)?;
            let mode = self.capped(mode).0;
            (mode > now).then_some(Upcoming { mode, from })
        });
        stricter.min_by_key(|upcoming| upcoming.from)
    }

    /// Where the setting stands that decided a mode; `None` for what no configuration says.
    pub fn origin(&self, policy: usize, because: Because) -> Option<&'a Origin> {
        match because {
            Because::Profile => Some(&self.table.profile),
            Because::Setting => self.table.rows[policy].setting.as_ref(),
            Because::Rule(index) | Because::LabelsUnknown(index) => Some(&self.table.rules[index].origin),
            Because::Exception(index) | Because::MaybeExcepted(index) => {
                Some(&self.table.exceptions[index].origin)
            }
            Because::MaxMode => Some(&self.table.max_mode.1),
            Because::Grandfathered
            | Because::NothingRelevantChanged
            | Because::OwnedByController
            | Because::NotSeenYet
            | Because::DrainsMustPass
            | Because::NotKept => None,
        }
    }

    fn capped(&self, mode: Mode) -> (Mode, Option<Because>) {
        let mut capped = (mode, None);
        if let Some((cap, because)) = self.cap
            && cap < capped.0
        {
            capped = (cap, Some(because));
        }
        if self.table.max_mode.0 < capped.0 {
            capped = (self.table.max_mode.0, Some(Because::MaxMode));
        }
        capped
    }

    /// The first exception that applies, else the first that may.
    fn exception(&self, row: &Row, container: Option<ContainerAt<'_>>) -> Option<(usize, Match)> {
        let holding = row.exceptions.iter().filter(|it| self.table.exceptions[**it].expires > self.now);
        let matched = holding.map(|index| (*index, self.exception_match(*index, container)));
        let with = |wanted| matched.clone().find(|(_, matched)| *matched == wanted);
        with(Match::Yes).or_else(|| with(Match::Unknown))
    }

    /// The exceptions that are meant for this scope, also those that do nothing: the reason is worth knowing.
    fn exception_steps(&self, row: &Row, container: Option<ContainerAt<'_>>) -> impl Iterator<Item = Step> {
        row.exceptions.iter().filter_map(move |index| {
            let matched = match self.exception_match(*index, container) {
                Match::No if container.is_none() => self.exceptions[*index],
                matched => matched,
            };
            let exception = &self.table.exceptions[*index];
            (matched != Match::No).then(|| Step::exception(exception, matched, exception.expires <= self.now))
        })
    }

    fn exception_match(&self, index: usize, container: Option<ContainerAt<'_>>) -> Match {
        in_container(self.exceptions[index], &self.table.exceptions[index].scope, container)
    }

    /// A rule that may or may not give other parameters: what is found with the present ones is not certain.
    fn unknown_params(&self, row: &Row, container: Option<ContainerAt<'_>>) -> Option<usize> {
        let gives = |rule: &&RowRule| {
            rule.compiled.is_some()
                && self.has_begun(rule)
                && matches!(self.rule_match(rule, container), Match::Yes | Match::Unknown)
        };
        let last = row.rules.iter().rfind(gives)?;
        (self.rules[last.rule] == Match::Unknown).then_some(last.rule)
    }

    fn rule_match(&self, rule: &RowRule, container: Option<ContainerAt<'_>>) -> Match {
        in_container(self.rules[rule.rule], &self.table.rules[rule.rule].scope, container)
    }

    fn has_begun(&self, rule: &RowRule) -> bool {
        self.table.rules[rule.rule].from.is_none_or(|from| from <= self.now)
    }

    fn gives_params(&self, rule: &RowRule, matched: Match) -> bool {
        rule.compiled.is_some() && self.has_begun(rule) && self.rules[rule.rule] == matched
    }
}

impl Row {
    /// The mode that no rule and no exception has touched, and what decided it.
    fn base(&self) -> (Mode, Because) {
        (self.base, if self.setting.is_some() { Because::Setting } else { Because::Profile })
    }
}

/// One evaluation of a policy: with the parameters of its settings, or of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// The parameters of the policy's settings.
    Settings,
    /// Those of the rule of this index.
    Rule(usize),
}

fn compiled_run(row: &Row, index: usize) -> (Run, &Compiled) {
    let rule = &row.rules[index];
    (Run::Rule(rule.rule), rule.compiled.as_ref().unwrap_or(&row.compiled))
}

/// What a scope comes to in one container.
fn in_container(matched: Match, scope: &CompiledScope, container: Option<ContainerAt<'_>>) -> Match {
    match matched {
        Match::PerContainer | Match::Unknown
            if scope.asks_for_container() && !scope.matches_container(container) =>
        {
            Match::No
        }
        Match::PerContainer => Match::Yes,
        other => other,
    }
}

/// The mode if a rule may apply or not: whatever the labels are, the answer lies between the two, and only one
/// on which both agree can be a refusal.
fn agreed(without: Mode, with: Mode) -> Mode {
    if without == with { with } else { without.max(with).min(Mode::Warn) }
}

/// The Namespace object whose labels scopes ask for: the subject itself if it is one.
fn namespace_of<'s>(subject: &Subject<'s>, facts: &'s dyn Facts) -> Option<Object<'s>> {
    if subject.kind() == Some(&kinds::NAMESPACE) {
        return subject.judged();
    }
    facts.namespace(subject.namespace?).ok()
}

/// The object whose labels scopes ask for: what arrives for `scale`, `exec` and other connections has none of its own.
fn labelled<'s>(table: &ModeTable, subject: &Subject<'s>, facts: &'s dyn Facts) -> Labelled<'s> {
    let parent = subject.request.and_then(|request| request.resource);
    let Some(parent) = parent.filter(|parent| subject.kind() != Some(parent) && table.asks_for_labels())
    else {
        return Labelled::Object(subject.judged());
    };
    let object = facts.named(parent, subject.namespace, subject.name.unwrap_or_default());
    object.ok().flatten().map_or(Labelled::Unknown, |object| Labelled::Object(Some(object)))
}

fn cap(table: &ModeTable, subject: &Subject<'_>) -> Option<(Mode, Because)> {
    if !table.enforce_pods_of_controllers && is_made_by_controller(subject) {
        return Some((Mode::Audit, Because::OwnedByController));
    }
    let removes_pod = subject.group_kind.kind == "Eviction"
        || subject.operation == Operation::Delete && subject.kind() == Some(&kinds::POD);
    removes_pod.then_some((Mode::Warn, Because::DrainsMustPass))
}

/// Whether one of Kubernetes' own controllers writes the object for an owner of a kind that is reviewed itself.
///
/// The user decides, because the API server has authenticated it; owner references are written by clients. What the
/// controller of a custom resource makes is judged in full, also where the configuration declares the custom resource:
/// nobody says as whom that controller writes.
fn is_made_by_controller(subject: &Subject<'_>) -> bool {
    let Some(request) = &subject.request else { return false };
    CONTROLLERS.contains(&request.user) && subject.judged().and_then(reviewed_owner).is_some()
}

/// The kind of the owner that manages the object, as the object itself says, if it is one that carries Pods and is
/// reviewed by its name.
pub(super) fn reviewed_owner(object: Object<'_>) -> Option<&'static Kind> {
    let owner = object.controller()?;
    let (name, version) = (owner.kind()?, owner.api_version()?);
    kinds::POD_CARRIERS.iter().copied().find(|kind| *name == kind.name && group_of(&version) == kind.group)
}
