//! `NET05 unsafe-external-name`: a name in the cluster must not lead back to whoever uses it, nor to the credentials of a node.

use crate::object::cidr::Cidr;
use crate::object::network::Service;
use crate::policy::prelude::*;

policy! {
    /// A Service of the type `ExternalName` leads to the client's own machine, or to where a cloud gives out credentials.
    ///
    /// Names of Services in other namespaces pass: that is what many use the type for.
    ///
    /// ## Why
    /// Whoever resolves the name connects from where it stands: an ingress controller or another proxy then serves its own
    /// administration port to the world, or hands over the credentials of the machine that it runs on.
    ///
    /// ## Fix
    /// Let `externalName` be the name of the host that is meant.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: db, namespace: shop }
    /// spec: { type: ExternalName, externalName: localhost }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: db, namespace: shop }
    /// spec: { type: ExternalName, externalName: db.example.com }
    /// ```
    pub(super) UnsafeExternalName = {
        code: "NET05",
        since: "0.1.0",
        severity: Low,
        on: Service,
        equivalents: ["kyverno:disallow-localhost-services"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#externalname"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Names that lead to where a cloud gives out credentials.
    metadata_names: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let names = [
            "instance-data",
            "instance-data.ec2.internal",
            "metadata",
            "metadata.google.internal",
            "metadata.tencentyun.com",
        ];
        Self { metadata_names: names.map(str::to_owned).into() }
    }
}

/// Where clouds give out credentials: link-local addresses, and that of Alibaba Cloud.
const METADATA: [&str; 2] = ["169.254.0.0/16", "100.100.100.200"];

/// What never leaves a machine; to connect to no address at all is to connect to oneself.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "0.0.0.0"];

impl Check for UnsafeExternalName {
    type Params = Params;

    fn check(params: &Params, service: Service<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = service.spec().filter(|spec| *spec.kind() == "ExternalName") else { return };
        let Some(written) = spec.external_name() else { return };
        let name = written.strip_suffix('.').unwrap_or(&written);
        let text = shown(&written);
        if is_local(name) {
            out.report(written, format_args!("`{text}` is the machine of whoever asks"));
        } else if is_in(name, &METADATA)
            || params.metadata_names.iter().any(|it| it.eq_ignore_ascii_case(name))
        {
            out.report(written, format_args!("`{text}` is where a cloud gives out credentials"));
        }
    }
}

/// `localhost`, a name below it, or a loopback address: a name may look like one.
fn is_local(name: &str) -> bool {
    let top = name.rsplit('.').next().unwrap_or(name);
    let is_named = |other: &str| name.eq_ignore_ascii_case(other);
    top.eq_ignore_ascii_case("localhost") || is_named("localhost.localdomain") || is_in(name, &LOOPBACK)
}

fn is_in(name: &str, ranges: &[&str]) -> bool {
    let Some(address) = Cidr::of_address(name) else { return false };
    ranges.iter().filter_map(|range| Cidr::parse_or_address(range)).any(|range| range.contains(address))
}
