//! `SEC24 interactive-container`: a container must not wait for somebody to type.

use crate::object::pod::{PodContainer, Role};
use crate::policy::prelude::*;

policy! {
    /// A container keeps `stdin` open or has a terminal (`tty`).
    ///
    /// Ephemeral containers pass: `kubectl debug -it` makes them so.
    ///
    /// ## Why
    /// A shell that waits for input is somebody's workplace, not a service: it runs until it is forgotten, with whatever
    /// rights its Pod has, and what is typed there is recorded nowhere.
    ///
    /// ## Fix
    /// Remove `stdin` and `tty`; use `kubectl debug -it` when there is something to look at.
    ///
    /// ## Exceptions
    /// Images for development.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: shell, image: "busybox:1.37.0", stdin: true, tty: true }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) InteractiveContainer = {
        code: "SEC24",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: PodContainer,
        equivalents: ["gatekeeper:disallowinteractive"],
    }
}

impl Check for InteractiveContainer {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        if container.role == Role::Ephemeral {
            return;
        }
        let fields =
            [(container.tty(), "has a terminal: `tty: true`"), (container.stdin(), "keeps `stdin` open")];
        // Both together are one shell.
        if let Some((field, says)) = fields.into_iter().find(|(field, _)| **field) {
            out.report(field, format_args!("container `{}` {says}", shown(container.display_name())));
        }
    }
}
