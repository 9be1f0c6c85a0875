//! `SEC22 sudo-command`: a container must not make itself root.

use crate::object::command::CommandLine;
use crate::object::pod::PodContainer;
use crate::object::{List, Place, Text};
use crate::policy::prelude::*;

policy! {
    /// A container, one of its hooks or one of its probes runs `sudo`.
    ///
    /// Looked for is the program, also in a line of shell (`sh -c`), not the word: installing it passes.
    ///
    /// ## Why
    /// A container that needs `sudo` must be allowed to escalate its privileges, and so must whoever breaks into it. Where
    /// that is refused, as it should be, the command fails.
    ///
    /// ## Fix
    /// Run the container as the user that the command needs, or do the work in an init container or in the image.
    ///
    /// ## Exceptions
    /// None that last: `sudo` asks for a password or has been told not to.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", command: [sh, -c, "sudo chown -R web /data && exec web"] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", command: [sh, -c, "exec web"], securityContext: { runAsUser: 10001 } }]
    /// ```
    pub(super) SudoCommand = {
        code: "SEC22",
        since: "0.1.0",
        severity: Low,
        on: PodContainer,
        equivalents: ["kubescape:C-0062"],
    }
}

impl Check for SudoCommand {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        let mut report = |place: Place<'_>, what: &str| {
            out.report(
                place,
                format_args!("{what} of container `{}` runs `sudo`", shown(container.display_name())),
            );
        };
        let (command, args) = (container.command(), container.args());
        if runs_sudo(&[command]) {
            report(command.into(), "command");
        } else if runs_sudo(&[command, args]) {
            report(args.into(), "command");
        }
        let of_probes = container.probes().filter_map(|probe| Some(("probe", probe.exec()?)));
        let hooks = container.lifecycle().map_or([None, None], |it| [it.post_start(), it.pre_stop()]);
        let of_hooks = hooks.into_iter().filter_map(|hook| Some(("hook", hook?.exec()?)));
        for (what, exec) in of_hooks.chain(of_probes) {
            if runs_sudo(&[exec.command()]) {
                report(exec.command().into(), what);
            }
        }
    }
}

fn runs_sudo(lists: &[List<'_, Text<'_>>]) -> bool {
    let words = || lists.iter().flat_map(|list| list.iter().map(|word| *word));
    // Taking a line of shell apart is worth it only where it may hold something.
    if !words().any(|word| word.contains("sudo")) {
        return false;
    }
    let words: Vec<&str> = words().collect();
    CommandLine::of_words(&words).programs().any(|(program, _)| program == "sudo")
}
