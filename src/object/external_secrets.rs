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
        "target" => target: SecretTarget,
    }

    /// The Secret that is made.
    SecretTarget {
        "name" => name: Text,
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

impl<'t> ExternalSecret<'t> {
    /// The name of the Secret that is made: its own, unless it says another.
    pub fn target(self) -> Option<Text<'t>> {
        let named = self.spec().and_then(|spec| spec.target()?.name()).filter(|name| !name.is_empty());
        named.or_else(|| self.metadata()?.name())
    }
}
