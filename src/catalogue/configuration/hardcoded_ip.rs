//! `CFG17 hardcoded-ip`: addresses belong to whoever has them today.

use core::net::IpAddr;

use super::address;
use super::credential::value::has_digit;
use crate::object::configuration::ConfigMap;
use crate::object::environment::Variable;
use crate::object::{Place, Text};
use crate::policy::prelude::*;

policy! {
    /// A variable, an argument or a ConfigMap has the address of another machine in it.
    ///
    /// Addresses that mean the same everywhere pass: loopback, `0.0.0.0` and `::`, link-local ones such as the metadata
    /// service of a cloud, multicast, and those of examples. So do networks (`10.0.0.0/8`, `10.0.0.0`), masks, ranges,
    /// lists of what a proxy is not for, and what is no address but a version. Of one text the first is reported.
    ///
    /// ## Why
    /// An address is the one thing about a machine that changes when it is replaced. It is copied from environment to
    /// environment with the manifest, no name server and no Service can lead elsewhere, and when the machine is gone it
    /// may be somebody else's: then the program talks to a stranger.
    ///
    /// ## Fix
    /// Use a name: of a Service, of one with `externalName`, or of the host in DNS.
    ///
    /// ## Exceptions
    /// What has to work before there is DNS, such as the addresses of name servers and of the API server on nodes.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", env: [{ name: DB_HOST, value: 10.1.2.3 }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", env: [{ name: DB_HOST, value: db }] }]
    /// ```
    pub(super) HardcodedIp = {
        code: "CFG17",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::CONFIG_MAP),
        equivalents: [],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Networks whose addresses pass, such as `10.96.0.10/32`.
    allowed: Vec<address::Network>,
}

impl Check for HardcodedIp {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        for container in subject.pod().into_iter().flat_map(|pod| &pod.containers) {
            for (name, value) in container.variables().filter_map(Variable::written) {
                params.check(value, Some(*name), out);
            }
            container
                .command()
                .iter()
                .chain(container.args().iter())
                .for_each(|word| params.check(word, None, out));
        }
        let data = subject.lens::<ConfigMap<'static>>().into_iter().flat_map(|map| map.data().iter());
        for (key, value) in data {
            params.check(value, Some(key), out);
        }
    }
}

impl Params {
    fn check(&self, text: Text<'_>, name: Option<&str>, out: &mut Findings) {
        // Most texts have no digit, and then there is no address either that anybody would write.
        if !has_digit(&text) || name.is_some_and(is_about_networks) {
            return;
        }
        let is_allowed = |address: &IpAddr| self.allowed.iter().any(|network| network.has(*address));
        if let Some(address) = address::all(&text).find(|address| !is_allowed(address)) {
            out.report(Place::from(text), format_args!("has the address `{address}` written out"));
        }
    }
}

/// Whether a name says that its value is not where to connect to.
fn is_about_networks(name: &str) -> bool {
    const ENDINGS: [&str; 6] = ["no_proxy", "version", "cidr", "cidrs", "ranges", "subnets"];
    let ends_so = |ending: &&str| {
        let tail = name.len().checked_sub(ending.len()).and_then(|start| name.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
    };
    ENDINGS.iter().any(ends_so)
}
