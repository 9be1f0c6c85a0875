//! `CFG11 unapproved-secret-mechanism`: secrets come one way, not five.

use crate::object::Place;
use crate::object::configuration::Secret;
use crate::object::meta::Object;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A secret comes to its workload in a way that the organisation has not chosen.
    ///
    /// The ways are `native` (a plain Secret), `externalSecrets` (the External Secrets operator), `sealedSecrets`,
    /// `csi` (volumes of the Secrets Store driver) and `vaultAgent` (annotations that inject an agent). A Secret that a
    /// controller made from an ExternalSecret or a SealedSecret came that way. Service account tokens, certificates,
    /// pull secrets, what an operator makes for itself and what Helm keeps of its releases are none of them.
    ///
    /// ## Why
    /// Every mechanism has its own rights, its own rotation and its own way to fail. With three of them nobody can say
    /// which secrets there are, which have been rotated, and what a restart of the cluster needs to be up first.
    ///
    /// ## Fix
    /// Let the secret come in one of the ways in `allowed`, or add the one that you have decided on.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// volumes: [{ name: secrets, csi: { driver: secrets-store.csi.k8s.io } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: { name: db }
    /// spec: { refreshInterval: 1h, secretStoreRef: { name: vault } }
    /// ```
    pub(super) UnapprovedSecretMechanism = {
        code: "CFG11",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: KINDS,
        equivalents: [],
    }
}

const KINDS: &[&kinds::Kind] = &kinds::with::<{ OWN.len() + 1 }>(&kinds::EXTERNAL_SECRET, OWN);

const OWN: &[&kinds::Kind] = &kinds::with::<{ STORES.len() + 1 }>(&kinds::SECRET_STORE, STORES);

const STORES: &[&kinds::Kind] = &kinds::with::<{ kinds::ANY_POD_CARRIER.len() + 2 }>(
    &kinds::CLUSTER_SECRET_STORE,
    &kinds::pod_carriers_and(&kinds::SECRET),
);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The ways in which secrets may come; with none, all.
    allowed: Vec<Mechanism>,
}

impl Default for Params {
    fn default() -> Self {
        Self { allowed: vec![Mechanism::ExternalSecrets] }
    }
}

/// A way in which secrets come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
enum Mechanism {
    Native,
    ExternalSecrets,
    SealedSecrets,
    Csi,
    VaultAgent,
}

impl Check for UnapprovedSecretMechanism {
    type Params = Params;

    fn check(Params { allowed }: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        if allowed.is_empty() {
            return;
        }
        let mut report = |place: Place<'_>, mechanism: Mechanism| {
            if !allowed.contains(&mechanism) {
                out.report(place, format_args!("secrets are not to come by {}", mechanism.name()));
            }
        };
        let Some(object) = subject.judged() else { return };
        if object.group() == Some("external-secrets.io") {
            report(object.into(), Mechanism::ExternalSecrets);
        }
        if let Some(mechanism) = subject.lens::<Secret<'static>>().and_then(origin) {
            report(object.into(), mechanism);
        }
        for (place, mechanism) in subject.pod().into_iter().flat_map(of_pod) {
            report(place, mechanism);
        }
    }
}

impl Mechanism {
    fn name(self) -> &'static str {
        match self {
            Self::Native => "a plain Secret",
            Self::ExternalSecrets => "the External Secrets operator",
            Self::SealedSecrets => "Sealed Secrets",
            Self::Csi => "the Secrets Store driver",
            Self::VaultAgent => "a Vault agent",
        }
    }
}

/// How a Secret came; `None` if it is none that people have to do with.
fn origin(secret: Secret<'_>) -> Option<Mechanism> {
    let is_of_people =
        ["Opaque", "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth"].contains(&secret.type_name());
    if !is_of_people || secret.keys().next().is_none() {
        return None;
    }
    let owner = secret.object().and_then(Object::controller).and_then(|owner| owner.kind());
    match owner.map(|kind| *kind) {
        Some("ExternalSecret") => Some(Mechanism::ExternalSecrets),
        Some("SealedSecret") => Some(Mechanism::SealedSecrets),
        Some("SecretProviderClassPodStatus") => Some(Mechanism::Csi),
        // An operator's own business.
        Some(_) => None,
        None => Some(Mechanism::Native),
    }
}

fn of_pod<'p, 't>(pod: &'p Pod<'t>) -> impl Iterator<Item = (Place<'t>, Mechanism)> + use<'p, 't> {
    const INJECTED: [&str; 2] =
        ["vault.hashicorp.com/agent-inject", "vault.security.banzaicloud.io/vault-addr"];
    let annotations = pod.metadata.into_iter().flat_map(|metadata| metadata.annotations().iter());
    let injected = annotations.filter(|(key, value)| INJECTED.contains(key) && **value != "false");
    let drivers = pod.spec.volumes().iter().filter_map(|volume| volume.csi()?.driver());
    let mounted = drivers.filter(|driver| **driver == "secrets-store.csi.k8s.io");
    injected
        .map(|(_, value)| (value.place(), Mechanism::VaultAgent))
        .chain(mounted.map(|driver| (driver.place(), Mechanism::Csi)))
}
