//! What the External Secrets operator reads, of group `external-secrets.io`.

use super::lens::{Text, lens};
use super::meta::ObjectMeta;

lens! {
    /// [`ExternalSecret`](https://external-secrets.io/latest/api/externalsecret/).
    ExternalSecret {
        "apiVersion" => api_version: Text,
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ExternalSecretSpec,
    }

    /// What is fetched, and when.
    ExternalSecretSpec {
        "refreshInterval" => refresh_interval: Text,
        "refreshPolicy" => refresh_policy: Text = "Periodic",
        "dataFrom" => data_from: [DataFrom],
    }

    /// Several keys at once.
    DataFrom {
        "sourceRef" => source_ref: SourceRef,
    }

    /// Where these come from, if not from the store.
    SourceRef {
        "generatorRef" => generator_ref: GeneratorRef,
    }

    /// What makes a new value whenever it is asked.
    GeneratorRef {}

    /// [`SecretStore`](https://external-secrets.io/latest/api/secretstore/), and `ClusterSecretStore` likewise.
    SecretStore {
        "apiVersion" => api_version: Text,
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: SecretStoreSpec,
    }

    /// Where the secrets are.
    SecretStoreSpec {
        "provider" => provider: SecretStoreProvider,
    }

    /// One field that says what the provider is, with whatever that needs.
    SecretStoreProvider {}
}
