//! `CFG12 stale-external-secret`: a secret that is never fetched again is not rotated.

use super::credential;
use crate::object::external_secrets::{DataFrom, ExternalSecret, SecretStore};
use crate::object::{Place, Text, View as _};
use crate::policy::GroupVersionKind;
use crate::policy::prelude::*;
use crate::tree::Node;

policy! {
    /// An ExternalSecret is never fetched again, its API version is gone, or its store has a credential in clear.
    ///
    /// A `refreshInterval` of zero counts, unless `refreshPolicy` says that it is meant so, or a generator makes the
    /// value: it would make a new one each time. In a store every credential counts that is told by its form, and every
    /// value of the provider `fake`.
    ///
    /// ## Why
    /// The password is rotated in the store, and the cluster goes on with the old one until that is revoked: then
    /// everything that uses it fails at once, and nothing in the cluster has changed. Versions before `v1` are no
    /// longer served by current releases: after an upgrade the operator does not find its objects. And a credential in
    /// a SecretStore opens all that is in the store.
    ///
    /// ## Fix
    /// Set `refreshInterval` to less than it takes to revoke an old value (`1h`), write `external-secrets.io/v1`, and
    /// refer from the store to a Secret or to a service account.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: { name: db }
    /// spec: { refreshInterval: "0", secretStoreRef: { name: vault } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: { name: db }
    /// spec: { refreshInterval: 1h, secretStoreRef: { name: vault } }
    /// ```
    pub(super) StaleExternalSecret = {
        code: "CFG12",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &[&kinds::EXTERNAL_SECRET, &kinds::SECRET_STORE, &kinds::CLUSTER_SECRET_STORE],
        yields_to: ["APH05" in Field],
        equivalents: [],
        references: ["https://external-secrets.io/latest/api/externalsecret/"],
    }
}

impl Check for StaleExternalSecret {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(object) = subject.judged() else { return };
        // The API server may have converted it since.
        let GroupVersionKind { group, version, .. } = subject.written_as();
        if version.starts_with("v1alpha") || version.starts_with("v1beta") {
            let written = format!("{group}/{version}");
            let place = object.api_version().map_or(Place::from(object), Place::from);
            out.report(place, format_args!("current releases no longer serve `{}`", shown(&written)));
        }
        if let Some(secret) = subject.lens::<ExternalSecret<'static>>() {
            check_secret(secret, out);
        } else if let Some(store) = SecretStore::view(object.node()) {
            check_store(store, out);
        }
    }
}

fn check_secret(secret: ExternalSecret<'_>, out: &mut Findings) {
    let Some(spec) = secret.spec() else { return };
    let is_generated =
        |from: DataFrom<'_>| from.source_ref().is_some_and(|source| source.generator_ref().is_some());
    if *spec.refresh_policy() != "Periodic" || spec.data_from().iter().any(is_generated) {
        return;
    }
    if let Some(interval) = spec.refresh_interval().filter(is_zero) {
        out.report(interval, "the secret is fetched once and never again");
    }
}

fn check_store(store: SecretStore<'_>, out: &mut Findings) {
    let Some(provider) = store.spec().and_then(|spec| spec.provider()) else { return };
    let fake = provider.node().field("fake");
    // Not a recursion: how deep an object goes is for its author to say.
    let mut ahead: Vec<Node<'_>> = vec![provider.node()];
    while let Some(node) = ahead.pop() {
        ahead.extend(node.children());
        let Some(text) = node.as_str() else { continue };
        let is_fake = || node.key() == "value" && fake.is_some() && !text.is_empty();
        if let Some(found) = credential::find(text) {
            out.report(node, format_args!("the store has {} in clear", found.what));
        } else if is_fake() {
            out.report(node, "the store has the value itself");
        }
    }
}

/// Whether a duration, as Go writes it, is none: `0`, `0s`, `0h0m0s`.
fn is_zero(duration: &Text<'_>) -> bool {
    duration.contains('0') && !duration.contains(|char: char| matches!(char, '1'..='9'))
}
