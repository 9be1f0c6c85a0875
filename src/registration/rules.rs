//! What has to reach Seawall, as a set, and the rules that say so.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::admissionregistration::v1::RuleWithOperations;

use crate::modes::ModeTable;
use crate::object::kinds::{self, OF_OBJECTS};
use crate::object::operation::Operation;
use crate::object::workload::Workload;

/// One thing that can be done with one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need<'t> {
    group: &'t str,
    version: &'t str,
    operation: Operation,
    resource: &'t str,
    /// Whether the selector of namespaces decides about it: it does about Namespaces too, each being in itself.
    pub(super) selectable: bool,
}

/// What some policies of a table look at.
pub(super) fn needs(table: &ModeTable, is_wanted: impl Fn(usize) -> bool) -> BTreeSet<Need<'_>> {
    let policies = table.policies().filter(|(policy, _)| is_wanted(*policy)).map(|(_, entry)| entry.meta);
    let mut needs = BTreeSet::new();
    for meta in policies {
        let operations = |possible: &'static [Operation]| {
            possible.iter().copied().filter(|operation| meta.operations.contains(operation))
        };
        if meta.kinds.contains(&&kinds::CUSTOM_WORKLOAD) {
            for Workload { group, version, plural, .. } in table.workloads() {
                needs.extend(operations(OF_OBJECTS).map(|operation| Need {
                    group,
                    version,
                    operation,
                    resource: plural,
                    selectable: kinds::CUSTOM_WORKLOAD.namespaced,
                }));
            }
        }
        for kind in meta.kinds {
            let selectable = kind.namespaced || *kind == &kinds::NAMESPACE;
            for resource in kind.resources() {
                needs.extend(operations(resource.operations).map(|operation| Need {
                    group: resource.group,
                    version: resource.version,
                    operation,
                    resource: resource.name,
                    selectable,
                }));
            }
        }
    }
    needs
}

/// As few rules as say just this: resources of one group and version for which the same operations are needed
/// share one. Equal sets make equal rules, in the same order.
pub(super) fn rules(needs: &BTreeSet<Need<'_>>) -> Vec<RuleWithOperations> {
    let mut operations: BTreeMap<(&str, &str, &str), Vec<Operation>> = BTreeMap::new();
    for Need { group, version, operation, resource, selectable: _ } in needs {
        operations.entry((group, version, resource)).or_default().push(*operation);
    }
    let mut rules: BTreeMap<(&str, &str, Vec<Operation>), Vec<&str>> = BTreeMap::new();
    for ((group, version, resource), operations) in operations {
        rules.entry((group, version, operations)).or_default().push(resource);
    }
    let rules = rules.into_iter().map(|((group, version, operations), resources)| RuleWithOperations {
        api_groups: Some(vec![group.to_owned()]),
        api_versions: Some(vec![version.to_owned()]),
        operations: Some(operations.iter().map(|operation| operation.as_str().to_owned()).collect()),
        resources: Some(resources.into_iter().map(str::to_owned).collect()),
        scope: Some("*".to_owned()),
    });
    rules.collect()
}
