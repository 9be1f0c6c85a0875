//! Containers for which a resource is not declared, neither by themselves nor for the whole Pod.

use super::supplied;
use crate::object::At;
use crate::object::pod::Pod;
use crate::object::quantity::Quantity;
use crate::object::quota::LimitRange;
use crate::policy::{Context, Findings, shown};

/// A resource that must be requested.
pub(in crate::catalogue::resources) struct Request {
    pub(in crate::catalogue::resources) resource: &'static str,
    pub(in crate::catalogue::resources) path: &'static str,
    /// What messages call it.
    pub(in crate::catalogue::resources) word: &'static str,
}

/// A resource that must be limited.
pub(in crate::catalogue::resources) struct Limit {
    pub(in crate::catalogue::resources) resource: &'static str,
    pub(in crate::catalogue::resources) path: &'static str,
    /// What messages call it.
    pub(in crate::catalogue::resources) word: &'static str,
}

impl Request {
    /// Reports the containers that request nothing. A limit counts as a request, as the API server makes it one.
    pub(in crate::catalogue::resources) fn report(
        &self,
        pod: &Pod<'_>,
        context: &Context<'_>,
        out: &mut Findings,
    ) {
        let Self { resource, path, word } = *self;
        let whole = pod.spec.resources();
        let by_request = whole.and_then(|whole| whole.requests().get(resource));
        if is_positive(by_request.or_else(|| whole?.limits().get(resource))) {
            return;
        }
        let supplied = |range: LimitRange<'_>| is_positive(range.container_request(resource));
        let mut is_supplied = None;
        for container in pod.with_resources() {
            let name = shown(container.display_name());
            match container.own_request(resource) {
                Some(request) if request.is_positive() => {}
                Some(request) => {
                    let message = format_args!("container `{name}` requests no {word}: `0` reserves nothing");
                    out.report(request, message);
                }
                None if *is_supplied.get_or_insert_with(|| supplied::is_any(pod, context, supplied)) => {}
                None => {
                    out.report(
                        container.missing(path),
                        format_args!("container `{name}` has no {word} request"),
                    );
                }
            }
        }
    }
}

impl Limit {
    /// Reports the containers that may take any amount.
    pub(in crate::catalogue::resources) fn report(
        &self,
        pod: &Pod<'_>,
        context: &Context<'_>,
        out: &mut Findings,
    ) {
        let Self { resource, path, word } = *self;
        if is_positive(pod.spec.resources().and_then(|whole| whole.limits().get(resource))) {
            return;
        }
        let supplied = |range: LimitRange<'_>| is_positive(range.container_limit(resource));
        let mut is_supplied = None;
        for container in pod.with_resources() {
            let name = shown(container.display_name());
            match container.own_limit(resource) {
                Some(limit) if limit.is_positive() => {}
                Some(limit) => {
                    out.report(limit, format_args!("container `{name}` has no {word} limit: `0` means none"));
                }
                None if *is_supplied.get_or_insert_with(|| supplied::is_any(pod, context, supplied)) => {}
                None => {
                    out.report(
                        container.missing(path),
                        format_args!("container `{name}` has no {word} limit"),
                    );
                }
            }
        }
    }
}

fn is_positive(amount: Option<At<'_, Quantity>>) -> bool {
    amount.is_some_and(|amount| amount.is_positive())
}
