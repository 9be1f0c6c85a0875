//! `NSP04 unlabelled-namespace`: a namespace must say whose it is.

use crate::object::meta::Object;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;
use crate::tree::path;

policy! {
    /// A Namespace lacks a label that it must have, or has a name or a label that is not as agreed.
    ///
    /// An empty label is none.
    ///
    /// ## Why
    /// Somebody has to be called when it takes down its neighbours at night, somebody pays for it, and rules by label only
    /// reach what is labelled. Years later nobody dares to delete a namespace that nobody knows.
    ///
    /// ## Fix
    /// Add the label to the Namespace.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop, labels: { team: checkout } }
    /// ```
    pub(super) UnlabelledNamespace = {
        code: "NSP04",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::NAMESPACE],
        equivalents: ["gatekeeper:requiredlabels"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The labels that a Namespace must have: each with its `key`, and with regular expressions (`values`) of which its
    /// value must match one, if there are any.
    labels: Vec<RequiredLabel>,
    /// Regular expressions of which the name of a Namespace must match one.
    names: Patterns,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
struct RequiredLabel {
    /// The key of the label.
    key: String,
    /// Regular expressions of which its value must match one; any value will do without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<Patterns>,
}

impl Default for Params {
    fn default() -> Self {
        let team = RequiredLabel { key: "team".to_owned(), values: None };
        Self { labels: vec![team], names: Patterns::of_default(&["^."]) }
    }
}

impl Check for UnlabelledNamespace {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(namespace) = subject.object else { return };
        let name = namespace.metadata().and_then(|metadata| metadata.name());
        if let Some(name) = name.filter(|name| !params.names.is_match(name)) {
            out.report(name, format_args!("`{}` is no name for a Namespace here", shown(&name)));
        }
        params.labels.iter().for_each(|label| label.check(namespace, out));
    }
}

impl RequiredLabel {
    fn check(&self, namespace: Object<'_>, out: &mut Findings) {
        let key = shown(&self.key);
        match namespace.label(&self.key) {
            None => {
                let path = path::of_entry("metadata.labels", &self.key);
                out.report(namespace.missing(&path), format_args!("Namespace has no label `{key}`"));
            }
            Some(value) if value.is_empty() => {
                out.report(value, format_args!("the label `{key}` is empty"));
            }
            Some(value) if self.values.as_ref().is_some_and(|values| !values.is_match(&value)) => {
                out.report(value, format_args!("`{}` is no value for the label `{key}`", shown(&value)));
            }
            Some(_) => {}
        }
    }
}
