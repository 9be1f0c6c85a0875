//! `LCY04 shell-as-pid-1`: the signal to stop must reach the program.

use crate::object::command::{self, CommandLine};
use crate::object::kinds;
use crate::object::pod::{Pod, PodContainer};
use crate::policy::prelude::*;

policy! {
    /// A container runs a shell that keeps the program for a child, so that the program never hears of its end.
    ///
    /// Looked at is what `command` and `args` say together: a shell with a script after `-c`. It passes if the script
    /// hands over to the program by `exec`, handles signals itself by `trap`, or starts `tini` or `dumb-init`; likewise
    /// if it is one plain command and the shell is `bash`, `ksh` or `zsh`, which hand over by themselves then. Where the
    /// containers share their processes, or those of the node, the shell is not PID 1, and passes. What the image runs
    /// by itself is not visible. Pods that run to their end, as those of Jobs do, are not looked at.
    ///
    /// ## Why
    /// `SIGTERM` goes to PID 1. A shell there has no handler for it, the kernel lets nothing else happen to PID 1, and
    /// what the shell has started is not told. The program works on until the grace period is over and is then killed in
    /// the middle of requests and writes, at every rollout and every node drain, which take half a minute longer too.
    ///
    /// ## Fix
    /// Start the program directly, or with `exec` as the last command of the script.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     command: [sh, -c, "mkdir -p /tmp/cache && web --port 8080"]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     command: [sh, -c, "mkdir -p /tmp/cache && exec web --port 8080"]
    /// ```
    pub(super) ShellAsPid1 = {
        code: "LCY04",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        kinds: kinds::LONG_RUNNING,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"],
    }
}

/// Shells that become what they run, if that is one plain command.
const HANDING_OVER: [&str; 3] = ["bash", "ksh", "zsh"];

/// Commands that see to it that signals arrive.
const SIGNALLING: [&str; 4] = ["catatonit", "dumb-init", "tini", "trap"];

impl Check for ShellAsPid1 {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let shares = *pod.spec.share_process_namespace() || *pod.spec.host_pid();
        if shares || !pod.is_long_running() {
            return;
        }
        for container in pod.running().filter(|container| keeps_shell(container)) {
            let name = shown(container.display_name());
            out.report(
                container.command(),
                format_args!("container `{name}` has a shell for PID 1: no signal goes through"),
            );
        }
    }
}

fn keeps_shell(container: &PodContainer<'_>) -> bool {
    // Without a command, the arguments go to one that only the image knows.
    let program = container.command().iter().next();
    if program.and_then(|program| command::shell_name(*program)).is_none() {
        return false;
    }
    let words: Vec<_> = container.command().iter().chain(container.args().iter()).map(|word| *word).collect();
    let Some((shell, _)) = command::script(&words) else { return false };
    let line = CommandLine::of_words(&words);
    let is_plain = line.is_straight && line.commands.len() == 1;
    let hands_over = line.replaces_shell() || (is_plain && HANDING_OVER.contains(&shell));
    !hands_over && !line.programs().any(|(program, _)| SIGNALLING.contains(&program))
}
