//! Custom resources of which operators make Secrets; `ExternalSecret` is in
//! [`external_secrets`](super::external_secrets).

use super::lens::{Text, lens};
use super::meta::ObjectMeta;

lens! {
    /// [`Certificate`](https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate) of cert-manager.
    Certificate {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: CertificateSpec,
    }

    /// Where the certificate and its key go.
    CertificateSpec {
        "secretName" => secret_name: Text,
    }

    /// [`SealedSecret`](https://github.com/bitnami-labs/sealed-secrets): its Secret has the same name.
    SealedSecret {
        "metadata" => metadata: ObjectMeta,
    }
}
