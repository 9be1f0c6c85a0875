//! `SEC23 host-aliases`: a Pod must not have names of hosts of its own.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod adds lines to its `/etc/hosts`.
    ///
    /// ## Why
    /// The line wins over every name server: when the address behind the name changes, this Pod alone goes on to the old one,
    /// and nobody looks there. It also turns a well-known name into any address without a trace in DNS.
    ///
    /// ## Fix
    /// Use a Service without selector or of `type: ExternalName`, or a record in the name server.
    ///
    /// ## Exceptions
    /// Networks without a name server that could be told.
    ///
    /// ## Denied
    /// ```yaml
    /// hostAliases: [{ ip: 10.0.0.7, hostnames: [db.example.com] }]
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) HostAliases = {
        code: "SEC23",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: ["trivy:KSV-0007"],
    }
}

impl Check for HostAliases {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for alias in pod.spec.host_aliases().iter() {
            let ip = alias.ip().map_or("", |ip| *ip);
            let host = alias.hostnames().iter().next().map_or("", |host| *host);
            out.report(
                alias,
                format_args!("Pod has the host `{}` at `{}`, past DNS", shown(host), shown(ip)),
            );
        }
    }
}
