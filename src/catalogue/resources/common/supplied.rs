//! What a namespace supplies to containers that do not say it.

use crate::object::pod::Pod;
use crate::object::quota::LimitRange;
use crate::policy::Context;

/// Whether a LimitRange of the namespace supplies something.
///
/// A Pod that was made has it by now. Where nobody knows the LimitRanges there is none, as in most namespaces: what
/// stands in the object is right by itself.
pub(in crate::catalogue::resources) fn is_any(
    pod: &Pod<'_>,
    context: &Context<'_>,
    supplies: impl Fn(LimitRange<'_>) -> bool,
) -> bool {
    let ranges = || context.beside::<LimitRange<'static>>();
    !pod.is_made() && ranges().is_ok_and(|ranges| ranges.into_iter().any(supplies))
}
