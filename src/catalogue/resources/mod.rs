//! Resources: what a Pod is promised, and what it may take from its neighbours.

mod missing_memory_limit;
mod missing_memory_request;

use crate::object::At;
use crate::object::limits::LimitRange;
use crate::object::quantity::Quantity;
use crate::policy::{Context, Entry};

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<missing_memory_request::MissingMemoryRequest>(),
    Entry::of::<missing_memory_limit::MissingMemoryLimit>(),
];

/// Whether a LimitRange of the namespace supplies more than nothing.
///
/// Pods arrive with it filled in, templates do not. Where LimitRanges are not known, only what is declared counts.
fn namespace_gives<'t>(
    context: &Context<'t>,
    amount: impl Fn(LimitRange<'t>) -> Option<At<'t, Quantity>>,
) -> bool {
    let ranges = context.beside::<LimitRange<'static>>();
    ranges.is_ok_and(|ranges| ranges.into_iter().filter_map(amount).any(|amount| amount.is_positive()))
}
