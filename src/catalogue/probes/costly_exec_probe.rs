//! `PRB08 costly-exec-probe`: asking how a container is must not cost what it needs to be well.

use crate::object::command::{self, CommandLine};
use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// A probe runs a command that costs much, or whose answer says little: `jcmd`, `ps`, `ls`.
    ///
    /// All three probes are looked at, also what they run in a line of shell. The names of programs are compared as a
    /// whole, without their path: `psql` is not `ps`. The shell itself is not counted.
    ///
    /// ## Why
    /// A command starts a process in the container every few seconds, out of its CPU and its memory. Tools of the JDK
    /// start a virtual machine for each question, `ps` and `ls` take as long as there are processes and files. Under
    /// load the command runs into its timeout, which is one second if nobody has said otherwise, and a busy container
    /// is taken for a dead one. That a process exists or a file is there does not tell that the program works.
    ///
    /// ## Fix
    /// Ask the program itself: `httpGet`, `grpc` or `tcpSocket`, or a small command made for it.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { exec: { command: [sh, -c, "ps aux | grep -q web"] } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 } }
    /// ```
    pub(super) CostlyExecProbe = {
        code: "PRB08",
        since: "0.1.0",
        severity: Low,
        on: LongRunningContainer,
        equivalents: ["kyverno:deny-commands-in-exec-probe"],
        references: ["https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The names of programs that probes must not run.
    programs: Vec<String>,
    /// Whether probes must not run commands at all.
    no_commands: bool,
}

impl Default for Params {
    fn default() -> Self {
        let programs = ["jcmd", "jmap", "jps", "jstack", "jstat", "ls", "ps"];
        Self { programs: programs.map(str::to_owned).into(), no_commands: false }
    }
}

impl Check for CostlyExecProbe {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        for exec in container.probes().filter_map(|probe| probe.exec()) {
            let line = CommandLine::of(exec.command());
            let mut programs =
                line.programs().filter_map(|(program, rest)| command::under_timeout(program, rest));
            let costly = programs.find(|(program, _)| params.programs.iter().any(|it| it == program));
            if let Some((program, _)) = costly {
                out.report(exec.command(), format_args!("the probe runs `{}` each time", shown(program)));
            } else if params.no_commands {
                out.report(exec.command(), "the probe runs a command each time");
            }
        }
    }
}
