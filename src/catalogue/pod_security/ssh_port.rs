//! `SEC21 ssh-port`: a container must not be a server to log in to.

use crate::object::NumberOrText;
use crate::object::network::Service;
use crate::policy::prelude::*;

policy! {
    /// A container declares a TCP port of SSH, or a Service leads to one.
    ///
    /// A port that a Service gives by name is judged in the container that declares it; one without `targetPort` is its `port`.
    ///
    /// ## Why
    /// Whoever logs in to a container changes what runs without any trace in the API: no audit log, no review, no rollback. A
    /// server with keys of its own is one more thing to patch and one more way in.
    ///
    /// ## Fix
    /// Remove the SSH server; use `kubectl exec` or `kubectl debug`, which the API server authorizes and records.
    ///
    /// ## Exceptions
    /// Git and SFTP servers, whose clients speak SSH: by a rule for them.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 22 }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 8080 }] }]
    /// ```
    pub(super) SshPort = {
        code: "SEC21",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::SERVICE),
        equivalents: ["kube-linter:ssh-port", "kubescape:C-0042"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Ports that SSH servers listen on.
    ports: Vec<u16>,
}

impl Default for Params {
    fn default() -> Self {
        Self { ports: vec![22, 2222] }
    }
}

impl Check for SshPort {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let is_ssh = |port: i64| params.ports.iter().any(|known| i64::from(*known) == port);
        for container in subject.pod().into_iter().flat_map(|pod| &pod.containers) {
            for port in container.ports().iter() {
                let number = port.container_port().filter(|it| is_ssh(**it) && *port.protocol() == "TCP");
                if let Some(number) = number {
                    let name = shown(container.display_name());
                    out.report(
                        number,
                        format_args!("container `{name}` listens on `{number}`, a port of SSH"),
                    );
                }
            }
        }
        let spec = subject.lens::<Service<'static>>().and_then(Service::spec);
        let spec = spec.filter(|spec| *spec.kind() != "ExternalName");
        let ports = spec.into_iter().flat_map(|spec| spec.ports().iter());
        for port in ports.filter(|port| *port.protocol() == "TCP") {
            let place = port.target_port().map(|it| it.place()).or(port.port().map(|it| it.place()));
            let number = match port.target_port().map(|it| *it) {
                Some(NumberOrText::Number(number)) => Some(number),
                Some(NumberOrText::Text(_)) => None,
                None => port.port().map(|it| *it),
            };
            if let Some((place, number)) = place.zip(number.filter(|it| is_ssh(*it))) {
                out.report(place, format_args!("Service leads to `{number}`, a port of SSH"));
            }
        }
    }
}
