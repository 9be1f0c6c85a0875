//! What the namespace gives to containers.

use crate::object::quota::LimitRange;
use crate::policy::{Context, Unknown};

/// Whether a container of the namespace that requests nothing of a resource gets a request all the same.
pub(in crate::catalogue) fn gives_request(context: &Context<'_>, resource: &str) -> Result<bool, Unknown> {
    let ranges = context.beside::<LimitRange<'static>>()?;
    Ok(ranges.into_iter().any(|range| range.container_request(resource).is_some()))
}
