//! `CFG04 secret-in-env`: Secrets do not belong into the environment.

use crate::object::pod::PodContainer;
use crate::object::references::Source;
use crate::policy::prelude::*;

policy! {
    /// An environment variable takes its value from a Secret.
    ///
    /// Each `secretKeyRef` counts, and each `secretRef` of `envFrom`. Whether the variable is renewed when the Secret
    /// changes is `stale-secret-env`'s question.
    ///
    /// ## Why
    /// The environment is handed on to every child of a process, printed by debuggers and crash reporters, and shown
    /// by whatever has an endpoint for it. It keeps its value until the container starts again: a rotated credential
    /// is not rotated. Good sources differ on this: many find the environment acceptable if Pods are restarted when a
    /// Secret changes. Select this policy where files are the rule.
    ///
    /// ## Fix
    /// Mount the Secret as a volume and let the program read the file, again when it changes.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     env: [{ name: DB_PASSWORD, valueFrom: { secretKeyRef: { name: db, key: password } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", volumeMounts: [{ name: db, mountPath: /etc/db }] }]
    /// volumes: [{ name: db, secret: { secretName: db, defaultMode: 0440 } }]
    /// ```
    pub(super) SecretInEnv = {
        code: "CFG04",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: PodContainer,
        equivalents: [
            "kube-linter:read-secret-from-env-var", "kyverno:disallow-secrets-from-env-vars", "kubescape:C-0207",
            "kubescape:C-0255",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/secrets-good-practices/"],
    }
}

impl Check for SecretInEnv {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        for reference in container.env_references().filter(|it| it.source == Source::Secret) {
            out.report(
                reference.place,
                format_args!("Secret `{}` is put into the environment", shown(&reference.name)),
            );
        }
    }
}
