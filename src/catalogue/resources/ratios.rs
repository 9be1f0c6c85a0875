//! How a limit compares with its request, for containers and for the whole Pod.

use crate::object::At;
use crate::object::pod::{Pod, PodContainer};
use crate::object::quantity::Quantity;

/// A limit beside its request, both above zero.
pub(super) struct Pair<'a, 't> {
    /// Whose they are; `None` for the Pod as a whole.
    pub(super) container: Option<&'a PodContainer<'t>>,
    pub(super) limit: At<'t, Quantity>,
    pub(super) request: Quantity,
}

/// Every limit of a resource that is written out, with its request. Who requests nothing is another defect.
pub(super) fn pairs<'a, 't>(pod: &'a Pod<'t>, resource: &'a str) -> impl Iterator<Item = Pair<'a, 't>> {
    let containers = pod.with_resources().filter_map(move |container| {
        let (limit, request) = container.own_limit(resource).zip(container.own_request(resource))?;
        Some(Pair { container: Some(container), limit, request: *request })
    });
    let whole = pod.spec.resources().and_then(|whole| whole.limits().get(resource));
    let whole = whole.zip(whole.and_then(|_| pod.whole_request(resource)));
    let whole = whole.map(|(limit, request)| Pair { container: None, limit, request });
    containers.chain(whole).filter(|pair| pair.limit.is_positive() && pair.request.is_positive())
}

impl<'t> Pair<'_, 't> {
    /// What messages call the owner, without backticks for the Pod itself.
    pub(super) fn name(&self) -> Option<&'t str> {
        self.container.map(|container| container.display_name())
    }
}
