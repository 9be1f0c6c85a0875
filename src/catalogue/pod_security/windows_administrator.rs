//! `SEC28 windows-administrator`: a container of Windows must not run as its administrator.

use crate::object::pod::{Pod, PodContainer};
use crate::object::security_context::WindowsOptions;
use crate::policy::prelude::*;

policy! {
    /// A container of a Pod with `os: windows` does not run as one of the allowed users.
    ///
    /// The user is `windowsOptions.runAsUserName` of the container, else of the Pod; if neither says one, the image decides,
    /// and most images run as `ContainerAdministrator`. Case does not count, nor does the domain `User Manager`. Containers
    /// with `hostProcess: true`, which have no users of their own, pass.
    ///
    /// ## Why
    /// `ContainerAdministrator` may change everything in its container, services and registry included. With a fault of the
    /// kernel, or a directory of the node, it is one step from there to the node.
    ///
    /// ## Fix
    /// Set `securityContext.windowsOptions.runAsUserName: ContainerUser` in the Pod.
    ///
    /// ## Exceptions
    /// Images that make users of their own: `allowedUsers`.
    ///
    /// ## Denied
    /// ```yaml
    /// os: { name: windows }
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { windowsOptions: { runAsUserName: ContainerAdministrator } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// os: { name: windows }
    /// securityContext: { windowsOptions: { runAsUserName: ContainerUser } }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) WindowsAdministrator = {
        code: "SEC28",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        equivalents: ["kyverno:require-run-as-containeruser"],
        references: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-runasusername/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Users that containers may run as.
    allowed_users: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { allowed_users: vec!["ContainerUser".to_owned()] }
    }
}

impl Check for WindowsAdministrator {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let of_pod = pod.security_context().and_then(|it| it.windows_options());
        if !pod.spec.is_windows() || of_pod.is_some_and(|it| *it.host_process()) {
            return;
        }
        let of_pod = of_pod.and_then(WindowsOptions::run_as_user_name);
        let mut inherited = false;
        for container in &pod.containers {
            let own = own(container);
            let name = shown(container.display_name());
            match own.and_then(WindowsOptions::run_as_user_name) {
                _ if own.is_some_and(|it| *it.host_process()) => {}
                Some(user) if params.allow(&user) => {}
                Some(user) => {
                    let message =
                        format!("container `{name}` runs as `{}`, which is not allowed", shown(&user));
                    out.report(user, message);
                }
                None if of_pod.is_some() => inherited = true,
                None => {
                    let place = container.missing("securityContext.windowsOptions.runAsUserName");
                    out.report(
                        place,
                        format_args!("container `{name}` may run as administrator: no `runAsUserName`"),
                    );
                }
            }
        }
        if let Some(user) = of_pod.filter(|user| inherited && !params.allow(user)) {
            out.report(user, format_args!("Pod runs as `{}`, which is not allowed", shown(&user)));
        }
    }
}

impl Params {
    fn allow(&self, user: &str) -> bool {
        let local = user.rsplit_once('\\').filter(|(domain, _)| domain.eq_ignore_ascii_case("User Manager"));
        let user = local.map_or(user, |(_, name)| name);
        self.allowed_users.iter().any(|allowed| allowed.eq_ignore_ascii_case(user))
    }
}

fn own<'t>(container: &PodContainer<'t>) -> Option<WindowsOptions<'t>> {
    container.security_context()?.windows_options()
}
