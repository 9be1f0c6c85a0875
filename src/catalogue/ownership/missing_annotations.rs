//! `META02 missing-annotations`: what an organisation wants to know of every object.

use super::missing_labels::MARKED;
use super::shared::labels::{Entries, Required, report_missing};
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// An object lacks an annotation that the organisation asks for, or has a value that is none of those meant.
    ///
    /// Which annotations, the parameters say; unless they are set, `a8r.io/owner`. Scope a rule to the kinds that need
    /// them: unless one is, every object does.
    ///
    /// ## Why
    /// Who is to be called, and where the runbook is, must be found on the object when it fails, not in a table that
    /// somebody keeps by hand.
    ///
    /// ## Fix
    /// Set the annotation in `metadata.annotations`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, annotations: { a8r.io/owner: "shop@example.com" } }
    /// ```
    pub(super) MissingAnnotations = {
        code: "META02",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: MARKED,
        equivalents: [
            "kube-linter:required-annotation-email", "kyverno:require-annotations", "gatekeeper:requiredannotations",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Keys, and for each the regular expressions of which its value must match one; any value will do where there is
    /// none.
    annotations: Required,
}

impl Default for Params {
    fn default() -> Self {
        Self { annotations: [("a8r.io/owner".to_owned(), Patterns::of_default(&[]))].into() }
    }
}

impl Check for MissingAnnotations {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(object) = subject.object else { return };
        let annotations = object.metadata().map(|metadata| metadata.annotations());
        let entries = Entries { within: object.node(), path: "metadata.annotations", map: annotations };
        report_missing(&params.annotations, &entries, "annotation", out);
    }
}
