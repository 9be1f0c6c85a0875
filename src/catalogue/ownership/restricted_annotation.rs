//! `META03 restricted-annotation`: annotations are instructions, and not everybody may give all of them.

use super::missing_labels::MARKED;
use crate::object::{Map, Text};
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// An object or a Pod template has an annotation that the organisation does not allow.
    ///
    /// Keys that match `denied` are reported unless they match `allowed` too; a value can be forbidden with `key=value`.
    /// Unless it is set, the annotations are meant by which a manifest exempts itself from the checks of other tools.
    ///
    /// ## Why
    /// Controllers read annotations as settings: one can open an Ingress to the internet, load configuration into a
    /// proxy, or switch off the check that would have found it. Who may write the object may write them all.
    ///
    /// ## Fix
    /// Remove the annotation, or ask whoever runs the platform for what it does.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, annotations: { "kube-score/ignore": service-type } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, annotations: { example.com/team: shop } }
    /// ```
    pub(super) RestrictedAnnotation = {
        code: "META03",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: MARKED,
        equivalents: [
            "kyverno:restrict-annotations", "kyverno:allowed-annotations", "kube-linter:template-forbidden-annotation",
            "kubewarden:annotations-policy",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions; an annotation is looked at as its key, and as `key=value`.
    denied: Patterns,
    /// What is allowed although it is denied.
    allowed: Option<Patterns>,
}

impl Default for Params {
    fn default() -> Self {
        let exempting = [
            r"^ignore-check\.kube-linter\.io/",
            r"^kube-linter\.io/ignore-all",
            r"^kube-score/",
            r"^polaris\.fairwinds\.com/(.*-)?exempt",
            r"^datree\.skip/",
        ];
        Self { denied: Patterns::of_default(&exempting), allowed: None }
    }
}

impl Check for RestrictedAnnotation {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(object) = subject.object else { return };
        let of_object = object.metadata().map(|metadata| metadata.annotations());
        let template = subject.pod().filter(|pod| *pod.carrier != kinds::POD);
        let of_template = template.and_then(|pod| pod.metadata).map(|metadata| metadata.annotations());
        for annotations in of_object.into_iter().chain(of_template) {
            params.check(annotations, out);
        }
    }
}

impl Params {
    fn check(&self, annotations: Map<'_, Text<'_>>, out: &mut Findings) {
        for (key, value) in annotations.iter() {
            let is_one_of =
                |patterns: &Patterns| patterns.is_match(key) || patterns.is_match(&format!("{key}={value}"));
            if is_one_of(&self.denied) && !self.allowed.as_ref().is_some_and(is_one_of) {
                out.report(value, format_args!("annotation `{}` is not allowed", shown(key)));
            }
        }
    }
}
