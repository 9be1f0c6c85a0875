//! Who may do what, as far as it is read:
//! [Role](https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/).

use super::lens::{Text, lens};
use super::meta::ObjectMeta;

lens! {
    /// A Role or a ClusterRole.
    Role {
        "metadata" => metadata: ObjectMeta,
        "rules" => rules: [PolicyRule],
    }

    /// Verbs that are allowed on resources; `*` stands for all.
    PolicyRule {
        "apiGroups" => api_groups: [Text],
        "resources" => resources: [Text],
        "resourceNames" => resource_names: [Text],
        "verbs" => verbs: [Text],
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
