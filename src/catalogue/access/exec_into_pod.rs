//! `ADM01 exec-into-pod`: a shell in a running container leaves no trace in any manifest.

use crate::object::subresources::PodExecOptions;
use crate::policy::prelude::*;

policy! {
    /// Somebody runs a command in a running container (`kubectl exec`).
    ///
    /// It is advice everywhere, and meant to be refused where it matters: by a rule for critical namespaces or Pods, by
    /// their names or their labels.
    ///
    /// ```yaml
    /// rules:
    ///   - name: nobody has a shell in production
    ///     scope: { namespaceSelector: { matchLabels: { environment: production } } }
    ///     policies: [exec-into-pod, file-copy-into-pod, tunnel-into-pod]
    ///     mode: deny
    /// ```
    ///
    /// ## Why
    /// What is changed by hand in a container is gone with its next restart and is written down nowhere; what is
    /// read there may be what nobody was meant to read.
    ///
    /// ## Fix
    /// Change the manifest and roll it out; debug a copy of the Pod with `kubectl debug --copy-to`.
    ///
    /// ## Exceptions
    /// Backup hooks and job runners that work by exec: scope a rule to their users.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: CONNECT
    /// subResource: exec
    /// kind: { group: "", version: v1, kind: PodExecOptions }
    /// object: { apiVersion: v1, kind: PodExecOptions, container: web, command: [sh], tty: true }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: CONNECT
    /// subResource: portforward
    /// kind: { group: "", version: v1, kind: PodPortForwardOptions }
    /// object: { apiVersion: v1, kind: PodPortForwardOptions, ports: [8080] }
    /// ```
    pub(super) ExecIntoPod = {
        code: "ADM01",
        since: "0.1.0",
        severity: Low,
        on: PodExecOptions,
        needs: Request,
        equivalents: [
            "kyverno:block-pod-exec-by-namespace", "kyverno:block-pod-exec-by-namespace-label",
            "kyverno:block-pod-exec-by-pod-label", "kyverno:block-pod-exec-by-pod-name",
            "kyverno:block-pod-exec-by-pod-and-container",
        ],
    }
}

impl Check for ExecIntoPod {
    type Params = NoParams;

    fn check(_: &NoParams, options: PodExecOptions<'_>, _: &Context<'_>, out: &mut Findings) {
        // Arguments may hold secrets and are never shown, nor is what follows in a line that is quoted as a whole.
        let program = options.command().iter().next();
        let program =
            program.and_then(|it| it.split([' ', '\t', '\n', '=']).next()).filter(|it| !it.is_empty());
        let message = match program {
            Some(program) => format!("runs `{}` in a running container", shown(program)),
            None => "runs a command in a running container".to_owned(),
        };
        out.report(options, message);
    }
}
