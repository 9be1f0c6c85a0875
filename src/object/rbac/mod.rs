//! Who may do what, as far as it is read:
//! [Role](https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/).
//!
//! What a rule allows is answered here alone, as the API server does
//! ([Referring to resources](https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources)).

use super::lens::{Bool, Text, lens};
use super::meta::ObjectMeta;
use super::pod_spec::PullSecretReference;
use super::selector::LabelSelector;

#[cfg(test)]
mod tests;

lens! {
    /// A Role or a ClusterRole.
    Role {
        "metadata" => metadata: ObjectMeta,
        "rules" => rules: [PolicyRule],
        "aggregationRule" => aggregation_rule: AggregationRule,
    }

    /// Verbs that are allowed on resources; `*` stands for all.
    PolicyRule {
        "apiGroups" => api_groups: [Text],
        "resources" => resources: [Text],
        "resourceNames" => resource_names: [Text],
        "verbs" => verbs: [Text],
        "nonResourceURLs" => non_resource_urls: [Text],
    }

    /// The ClusterRoles whose rules are put together in this one: a controller of Kubernetes writes its `rules`.
    AggregationRule {
        "clusterRoleSelectors" => cluster_role_selectors: [LabelSelector],
    }

    /// [`ServiceAccount`](https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/service-account-v1/).
    ServiceAccount {
        "metadata" => metadata: ObjectMeta,
        "automountServiceAccountToken" => automount_service_account_token: Bool = true,
        "imagePullSecrets" => image_pull_secrets: [PullSecretReference],
    }

    /// A RoleBinding or a ClusterRoleBinding.
    RoleBinding {
        "metadata" => metadata: ObjectMeta,
        "roleRef" => role_ref: RoleRef,
        "subjects" => subjects: [BoundSubject],
    }

    /// What is given.
    RoleRef {
        "kind" => kind: Text = "",
        "name" => name: Text,
    }

    /// To whom it is given: an entry of `subjects`.
    BoundSubject {
        "kind" => kind: Text = "",
        "name" => name: Text = "",
        "namespace" => namespace: Text = "",
    }
}

/// The group of roles and bindings.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// The ClusterRole that allows everything.
pub const CLUSTER_ADMIN: &str = "cluster-admin";

/// The label of the roles and bindings that the API server makes when it starts, and its value.
pub const BOOTSTRAPPING: (&str, &str) = ("kubernetes.io/bootstrapping", "rbac-defaults");

/// Verbs by which objects become others.
pub const WRITES: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];

/// Everything that can be done to objects by requests that are not about access itself.
const ORDINARY: [&str; 7] = ["get", "list", "watch", "create", "update", "patch", "delete"];

/// One thing that a request may do, of which a policy asks whether a rule allows it.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The resource, with its subresource after a slash: `pods/exec`.
    pub resource: &'static str,
    /// The verbs, any of which is enough.
    pub verbs: &'static [&'static str],
    /// Whether it is enough to be allowed it for the object of this name, where a rule is limited to names.
    pub of_name: fn(&str) -> bool,
}

/// The entries of a rule by which it allows an access.
#[derive(Clone, Copy)]
pub struct Grant<'t> {
    /// The access.
    pub access: &'static Access,
    /// The entry of `resources`.
    pub resource: Text<'t>,
    /// The entry of `verbs`.
    pub verb: Text<'t>,
}

impl Access {
    /// Verbs on all objects of a resource.
    pub const fn to_all(group: &'static str, resource: &'static str, verbs: &'static [&'static str]) -> Self {
        Self { group, resource, verbs, of_name: |_| false }
    }

    /// The same for those for whom some names are enough.
    pub const fn or_named(self, of_name: fn(&str) -> bool) -> Self {
        Self { of_name, ..self }
    }
}

impl<'t> PolicyRule<'t> {
    /// What of a table of accesses the rule allows: for each entry of `resources` the first.
    ///
    /// `*` stands for all groups, verbs and resources, those with a subresource included; `*/exec` for that of every
    /// resource; `pods/*` for nothing. Requests that have no name, such as those to create, are none that a rule with
    /// `resourceNames` allows.
    pub fn grants(self, table: impl IntoIterator<Item = &'static Access>) -> impl Iterator<Item = Grant<'t>> {
        // Once for the rule, and not for each resource: both lists are as long as their author likes.
        let allowed = table.into_iter().filter_map(|access| {
            let verb = self.is_in_group(access.group).then(|| self.verb(access.verbs)).flatten()?;
            self.has_name(access.of_name).then_some((access, verb))
        });
        let allowed: Vec<_> = allowed.collect();
        self.resources().iter().filter_map(move |resource| {
            let (access, verb) = *allowed.iter().find(|(access, _)| covers(*resource, access.resource))?;
            Some(Grant { access, resource, verb })
        })
    }

    /// Whether the rule allows whatever can be done with whatever there is.
    pub fn is_unlimited(self) -> bool {
        self.everywhere().is_some() && self.resource_names().is_empty()
    }

    /// The entry of `resources` that stands for all, if there is one.
    pub fn any_resource(self) -> Option<Text<'t>> {
        self.resources().iter().find(|resource| **resource == "*")
    }

    /// The entry of `verbs` that stands for all, if there is one.
    pub fn any_verb(self) -> Option<Text<'t>> {
        self.verbs().iter().find(|verb| **verb == "*")
    }

    /// The entry of `apiGroups` that stands for all, if there is one.
    pub fn any_group(self) -> Option<Text<'t>> {
        self.api_groups().iter().find(|group| **group == "*")
    }

    /// The entry for all resources, if all verbs and groups come with it.
    fn everywhere(self) -> Option<Text<'t>> {
        let has = |wanted: &str| self.verbs().iter().any(|verb| *verb == wanted);
        let all_verbs = self.any_verb().is_some() || ORDINARY.into_iter().all(has);
        self.any_resource().filter(|_| all_verbs && self.any_group().is_some())
    }

    fn is_in_group(self, wanted: &str) -> bool {
        self.api_groups().iter().any(|group| *group == "*" || *group == wanted)
    }

    /// The first entry that allows one of these verbs.
    fn verb(self, wanted: &[&str]) -> Option<Text<'t>> {
        self.verbs().iter().find(|verb| **verb == "*" || wanted.contains(&**verb))
    }

    fn has_name(self, is_it: fn(&str) -> bool) -> bool {
        self.resource_names().is_empty() || self.resource_names().iter().any(|name| is_it(*name))
    }
}

impl Role<'_> {
    /// Whether a controller of Kubernetes writes the rules, from those of other ClusterRoles. Only a ClusterRole can
    /// be of that kind.
    pub fn is_aggregated(self) -> bool {
        self.aggregation_rule().is_some()
    }
}

impl<'t> BoundSubject<'t> {
    /// Whether the role is given to a ServiceAccount, be it by the name of its user or by a group that it is in.
    pub fn has_service_accounts(self) -> bool {
        self.service_accounts().is_some()
    }

    /// The ServiceAccounts that the role is given to: namespace and name. Without a name it is all of the namespace, and
    /// without either all that there are.
    pub fn service_accounts(self) -> Option<(&'t str, &'t str)> {
        let name = *self.name();
        match *self.kind() {
            "ServiceAccount" => Some((*self.namespace(), name)),
            "User" => name.strip_prefix("system:serviceaccount:")?.split_once(':'),
            "Group" if matches!(name, "system:authenticated" | "system:serviceaccounts") => Some(("", "")),
            "Group" => Some((name.strip_prefix("system:serviceaccounts:")?, "")),
            _ => None,
        }
    }
}

/// Whether a role or a binding is one of those that the API server makes when it starts, by its label and its name.
/// Anybody may have written either.
pub fn is_default(metadata: ObjectMeta<'_>) -> bool {
    let (key, value) = BOOTSTRAPPING;
    let is_labelled = metadata.labels().get(key).is_some_and(|label| *label == value);
    let is_named = |name: &str| {
        name.starts_with("system:") || matches!(name, "admin" | "cluster-admin" | "edit" | "view")
    };
    is_labelled && metadata.name().is_some_and(|name| is_named(*name))
}

/// Whether an entry of `resources` stands for a resource.
fn covers(entry: &str, resource: &str) -> bool {
    if entry == "*" || entry == resource {
        return true;
    }
    let subresource = resource.split_once('/').map(|(_, subresource)| subresource);
    subresource.is_some_and(|it| entry.strip_prefix("*/") == Some(it))
}
