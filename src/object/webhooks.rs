//! The configuration of admission webhooks, as far as it is read.

use super::lens::{Int, Text, lens};
use super::meta::ObjectMeta;
use super::selector::LabelSelector;

lens! {
    /// [`ValidatingWebhookConfiguration`](https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/)
    /// or `MutatingWebhookConfiguration`.
    WebhookConfiguration {
        "metadata" => metadata: ObjectMeta,
        "webhooks" => webhooks: [AdmissionWebhook],
    }

    /// Who is asked about what.
    AdmissionWebhook {
        "name" => name: Text,
        "failurePolicy" => failure_policy: Text = "Fail",
        "timeoutSeconds" => timeout_seconds: Int = 10,
        "rules" => rules: [WebhookRule],
        "namespaceSelector" => namespace_selector: LabelSelector,
        "objectSelector" => object_selector: LabelSelector,
        "matchConditions" => match_conditions: [WebhookMatchCondition],
        "clientConfig" => client_config: WebhookClientConfig,
    }

    /// Resources, and what is done with them.
    WebhookRule {
        "apiGroups" => api_groups: [Text],
        "resources" => resources: [Text],
        "operations" => operations: [Text],
        "scope" => scope: Text = "*",
    }

    /// A condition on the request.
    WebhookMatchCondition {
        "expression" => expression: Text,
    }

    /// Where the webhook is.
    WebhookClientConfig {
        "service" => service: WebhookService,
    }

    /// A Service of the cluster itself.
    WebhookService {
        "namespace" => namespace: Text,
    }
}
