//! How a limit compares with its request, for containers and for the whole Pod.

use std::fmt;

use crate::object::At;
use crate::object::pod::{Pod, PodContainer};
use crate::object::quantity::Quantity;
use crate::policy::{shown, shown_within};

/// A limit beside its request, both above zero.
pub(in crate::catalogue::resources) struct Pair<'a, 't> {
    /// Whose they are; `None` for the Pod as a whole.
    pub(in crate::catalogue::resources) container: Option<&'a PodContainer<'t>>,
    pub(in crate::catalogue::resources) limit: At<'t, Quantity>,
    pub(in crate::catalogue::resources) request: Quantity,
}

/// Every limit of a resource that is written out, with its request. Who requests nothing is another defect.
pub(in crate::catalogue::resources) fn pairs<'a, 't>(
    pod: &'a Pod<'t>,
    resource: &'a str,
) -> impl Iterator<Item = Pair<'a, 't>> {
    let containers = pod.with_resources().filter_map(move |container| {
        let (limit, request) = container.own_limit(resource).zip(container.own_request(resource))?;
        Some(Pair { container: Some(container), limit, request: *request })
    });
    let whole = pod.spec.resources().and_then(|whole| whole.limits().get(resource));
    let whole = whole.zip(whole.and_then(|_| pod.whole_request(resource)));
    let whole = whole.map(|(limit, request)| Pair { container: None, limit, request });
    containers.chain(whole).filter(|pair| pair.limit.is_positive() && pair.request.is_positive())
}

impl Pair<'_, '_> {
    /// What is wrong with the limit: that it is so many times its request.
    pub(in crate::catalogue::resources) fn message(&self, word: &str, times: fmt::Arguments<'_>) -> String {
        let amount = self.limit.written();
        let amount = shown_within(&amount, 15);
        match self.container {
            Some(container) => {
                let name = shown(container.display_name());
                format!("container `{name}` has a {word} limit of `{amount}`, {times} times its request")
            }
            None => format!("Pod has a {word} limit of `{amount}`, {times} times its request"),
        }
    }
}
