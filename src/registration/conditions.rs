//! What the API server need not even ask about, in CEL.
//!
//! A condition that ends in an error refuses the request where a webhook fails closed, so that none may: every
//! field that can be absent is asked for before it is read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use k8s_openapi::api::admissionregistration::v1::MatchCondition;

use crate::modes::{CONTROLLERS, ModeTable};
use crate::object::kinds::{Kind, POD_CARRIERS};
use crate::object::operation::Operation;

/// The conditions that hold for every webhook.
pub(super) fn conditions(table: &ModeTable, is_on: impl Fn(usize) -> bool) -> Vec<MatchCondition> {
    let mut conditions = vec![
        // A refused write of its own roles at start ends the API server.
        condition("not-the-api-server", not_user("system:apiserver")),
        condition(
            "not-a-node",
            "!(has(request.userInfo.groups) && 'system:nodes' in request.userInfo.groups)".to_owned(),
        ),
        condition("not-the-scheduler", not_user("system:kube-scheduler")),
    ];
    let policies = table.policies().filter(|(policy, _)| is_on(*policy)).map(|(_, entry)| entry.meta);
    let policies: Vec<_> = policies.filter(|meta| meta.operations.contains(&Operation::Create)).collect();
    let is_reviewed = |kind: &&&'static Kind| policies.iter().any(|meta| meta.kinds.contains(*kind));
    let owners: Vec<&'static Kind> = POD_CARRIERS.iter().filter(is_reviewed).copied().collect();
    if !owners.is_empty() && !table.enforces_pods_of_controllers() {
        conditions.push(condition("not-made-for-what-was-reviewed", not_made_for(&owners)));
    }
    conditions
}

fn condition(name: &str, expression: String) -> MatchCondition {
    MatchCondition { name: name.to_owned(), expression }
}

fn not_user(name: &str) -> String {
    format!("!(has(request.userInfo.username) && request.userInfo.username == '{name}')")
}

/// Not what one of Kubernetes' own controllers writes for a controller owner of these kinds: the table would rule
/// `audit` at most, because the owner was judged. On DELETE there is only the old object, and what opens a stream
/// has no metadata.
fn not_made_for(owners: &[&'static Kind]) -> String {
    let mut by_group: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for kind in owners {
        by_group.entry(kind.group).or_default().push(kind.name);
    }
    let is_owner: Vec<String> = by_group
        .iter()
        .map(|(group, kinds)| {
            let group = if group.is_empty() {
                "!owner.apiVersion.contains('/')".to_owned()
            } else {
                format!("owner.apiVersion.startsWith('{group}/')")
            };
            format!("{group} && owner.kind in {}", list(kinds))
        })
        .collect();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\
!(has(request.userInfo.username) && request.userInfo.username in [
    '{}'
  ] && [object == null ? oldObject : object].exists(it,
    it != null && has(it.metadata) && has(it.metadata.ownerReferences) &&
    it.metadata.ownerReferences.exists(owner,
      has(owner.controller) && owner.controller && has(owner.apiVersion) && has(owner.kind) && (
        {}
      ))))",
        CONTROLLERS.join("',\n    '"),
        is_owner.join(" ||\n        "),
    );
    text
}

fn list(words: &[&str]) -> String {
    format!("['{}']", words.join("', '"))
}
