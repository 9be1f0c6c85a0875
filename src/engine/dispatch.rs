//! Which policies a review touches.

use crate::modes::{Mode, ModeTable};
use crate::object::kinds::{self, Kind};
use crate::policy::{Compiled, Needs, Operation, Subject, Theme};

/// For every known kind and operation the policies that look at it, those that may refuse first.
pub(super) struct Dispatch {
    kinds: Vec<(&'static Kind, [Vec<Planned>; OPERATIONS.len()])>,
}

/// A policy in the order in which policies are run, with what the loop asks about each: all of it lies in a row, as
/// there are hundreds of them and most find nothing.
pub(super) struct Planned {
    /// Its place in the mode table.
    pub(super) policy: usize,
    /// With the parameters of its settings.
    pub(super) compiled: Compiled,
    pub(super) theme: Theme,
    pub(super) needs: Needs,
    /// The mode of its settings.
    pub(super) base: Mode,
    /// Whether rules or exceptions name it.
    pub(super) is_scoped: bool,
}

const OPERATIONS: [Operation; 4] =
    [Operation::Create, Operation::Update, Operation::Delete, Operation::Connect];

impl Dispatch {
    pub(super) fn new(table: &ModeTable) -> Self {
        let mut order: Vec<usize> = table
            .policies()
            .map(|(index, _)| index)
            .filter(|index| table.strictest(*index) > Mode::Off)
            .collect();
        order.sort_by_key(|index| {
            let meta = table.policy(*index).meta;
            (std::cmp::Reverse(table.strictest(*index)), meta.needs == Needs::Facts, meta.theme, *index)
        });
        let looks_at = |index: &usize, kind: &Kind, operation: Operation| {
            let meta = table.policy(*index).meta;
            meta.kinds.contains(&kind) && meta.operations.contains(&operation)
        };
        let kinds = kinds::of_subjects().map(|kind| {
            let of = |operation| {
                let looking = order.iter().copied().filter(|index| looks_at(index, kind, operation));
                looking.map(|index| Planned::of(index, table)).collect()
            };
            (kind, OPERATIONS.map(of))
        });
        Self { kinds: kinds.collect() }
    }

    /// The kinds of which objects exist that some policy can judge without a request.
    pub(super) fn judges(&self) -> impl Iterator<Item = &'static Kind> {
        let can_exist = |kind: &Kind| !kind.plural.is_empty() || *kind == kinds::CUSTOM_WORKLOAD;
        let is_judged = |[created, ..]: &[Vec<Planned>; OPERATIONS.len()]| {
            created.iter().any(|planned| planned.needs != Needs::Request)
        };
        let judged = self.kinds.iter().filter(move |(kind, planned)| can_exist(kind) && is_judged(planned));
        judged.map(|(kind, _)| *kind)
    }

    pub(super) fn policies(&self, subject: &Subject<'_>) -> &[Planned] {
        let Some(kind) = subject.kind() else { return &[] };
        // Nobody writes `status` by hand, and its writers must never be held up.
        if subject.subresource == "status" {
            return &[];
        }
        let row = self.kinds.iter().find(|(it, _)| std::ptr::eq(*it, kind));
        let column = OPERATIONS.iter().position(|operation| *operation == subject.operation);
        row.zip(column).map_or(&[], |((_, columns), column)| &columns[column])
    }
}

impl Planned {
    fn of(policy: usize, table: &ModeTable) -> Self {
        let meta = table.policy(policy).meta;
        let (base, compiled) = table.settings(policy);
        let is_scoped = table.is_scoped(policy);
        Self { policy, compiled: compiled.clone(), theme: meta.theme, needs: meta.needs, base, is_scoped }
    }

    /// Whether it can judge the subject at all: one about requests can only judge what somebody is writing.
    pub(super) fn can_judge(&self, subject: &Subject<'_>) -> bool {
        self.needs != Needs::Request || subject.request.is_some()
    }
}
