//! `SEC34 escape-capability`: a container must not add a right that leads out of it.

use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// A container adds a capability that amounts to root on its node.
    ///
    /// With or without `CAP_`, in capitals or not: runtimes take them all.
    ///
    /// ## Why
    /// With `SYS_ADMIN` a container mounts the disks of its node, with `SYS_MODULE` it changes the kernel, with
    /// `DAC_READ_SEARCH` it reads every file, with `BPF` it watches every process. `ALL` is all of them.
    ///
    /// ## Fix
    /// Remove the capability; most programs that ask for one need a device, a mount or a single sysctl instead.
    ///
    /// ## Exceptions
    /// Node agents, by a rule for their namespaces and containers.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { capabilities: { add: [SYS_ADMIN] } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { capabilities: { add: [NET_BIND_SERVICE] } } }]
    /// ```
    pub(super) EscapeCapability = {
        code: "SEC34",
        since: "0.1.0",
        severity: High,
        on: PodContainer,
        yields_to: ["SEC01" in Container],
        equivalents: [
            "polaris:dangerousCapabilities", "kyverno:disallow-capabilities", "kyverno:service-mesh-disallow-capabilities", "gatekeeper:capabilities",
            "trivy:KSV-0005", "trivy:KSV-0120", "kubewarden:capabilities-psp-policy",
            "kyverno:disallow-capabilities-strict", "kubescape:C-0046",
        ],
        references: ["https://man7.org/linux/man-pages/man7/capabilities.7.html"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The capabilities that lead out of a container, without `CAP_`, in capitals.
    capabilities: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let names = ["ALL", "BPF", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO"];
        Self { capabilities: names.map(str::to_owned).into() }
    }
}

impl Check for EscapeCapability {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        let capabilities = container.security_context().and_then(|context| context.capabilities());
        for added in capabilities.into_iter().flat_map(|capabilities| capabilities.add().iter()) {
            if params.names(&added) {
                let (name, capability) = (shown(container.display_name()), shown(&added));
                out.report(
                    added,
                    format_args!("container `{name}` adds `{capability}`, which leads out of it"),
                );
            }
        }
    }
}

impl Params {
    fn names(&self, added: &str) -> bool {
        let is_prefixed = added.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("CAP_"));
        let bare = if is_prefixed { &added[4..] } else { added };
        self.capabilities.iter().any(|name| name.eq_ignore_ascii_case(bare))
    }
}
