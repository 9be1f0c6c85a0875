//! What of a cluster is scanned.

use kube::core::ApiResource;

use crate::cluster::{Listed, resource_of, resource_of_workload};
use crate::engine::Rules;
use crate::object::kinds::{self, Kind};

/// What of a cluster is scanned; by default everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only these namespaces and what is in them; without any, all and what is in none.
    pub namespaces: Vec<String>,
    /// Namespaces that are left out of all.
    pub left_out: Vec<String>,
    /// Kinds that are left out.
    pub without: Vec<&'static Kind>,
    /// Only objects with such labels, as `kubectl --selector` takes it.
    pub labels: Option<String>,
}

/// A kind that is scanned.
pub(super) struct Target {
    /// The kind, if Seawall knows it by name.
    pub(super) known: Option<&'static Kind>,
    pub(super) resource: ApiResource,
    is_namespaced: bool,
    /// What is left out, as a selector.
    fields: Option<String>,
}

impl Scope {
    /// The kinds that there is something to say about, those that own others first.
    pub(super) fn targets(&self, rules: &Rules) -> Vec<Target> {
        let mut known = rules.judges();
        let has_custom = known.contains(&&kinds::CUSTOM_WORKLOAD);
        known.retain(|kind| **kind != kinds::CUSTOM_WORKLOAD && self.includes(kind));
        let carriers = kinds::POD_CARRIERS;
        // Pods are the first of them, and what makes Pods of a schedule is the last.
        known.sort_by_key(|kind| match carriers.iter().position(|it| it == kind) {
            Some(place) => carriers.len() - place,
            None => usize::MAX,
        });
        let custom = rules.table().workloads().iter().filter(|_| has_custom);
        let custom = custom.map(|workload| self.target(None, resource_of_workload(workload)));
        custom.chain(known.into_iter().map(|kind| self.target(Some(kind), resource_of(kind)))).collect()
    }

    /// Whether objects of a kind can be in scope.
    fn includes(&self, kind: &'static Kind) -> bool {
        if self.without.contains(&kind) {
            return false;
        }
        if self.namespaces.is_empty() || kind.namespaced {
            return true;
        }
        // A Namespace that is asked for by its name comes whatever its labels are.
        *kind == kinds::NAMESPACE && self.labels.is_none()
    }

    fn target(&self, known: Option<&'static Kind>, resource: ApiResource) -> Target {
        let is_namespaced = known.is_none_or(|kind| kind.namespaced);
        let field = match known {
            Some(kind) if *kind == kinds::NAMESPACE => Some("metadata.name"),
            _ => is_namespaced.then_some("metadata.namespace"),
        };
        let without = |field: &str| {
            let names = self.left_out.iter().map(|name| format!("{field}!={name}"));
            names.collect::<Vec<_>>().join(",")
        };
        let fields = field.filter(|_| self.namespaces.is_empty() && !self.left_out.is_empty()).map(without);
        Target { known, resource, is_namespaced, fields }
    }
}

impl Target {
    /// What is listed, one after the other.
    pub(super) fn parts<'a>(&'a self, scope: &'a Scope) -> Vec<Listed<'a>> {
        let (labels, fields) = (scope.labels.as_deref(), self.fields.as_deref());
        let all = Listed { labels, fields, ..Listed::all(self.resource.clone()) };
        all.within(self.is_namespaced, &scope.namespaces)
    }
}
