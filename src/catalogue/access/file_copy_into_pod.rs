//! `ADM02 file-copy-into-pod`: what is copied into a container is in no image, and what is copied out is out.

use crate::object::command::CommandLine;
use crate::object::subresources::PodExecOptions;
use crate::policy::prelude::*;

policy! {
    /// Somebody copies files into a running container or out of it (`kubectl cp`).
    ///
    /// Such a copy is an exec of `tar` that packs to its output or unpacks what it is sent, also within a line of
    /// shell. Other ways to move bytes, such as `cat`, cannot be told from other work. Where every exec is refused, that
    /// says it better.
    ///
    /// ## Why
    /// A file that was copied in is part of no image and of no review, and is gone with the next restart: the fix that
    /// worked at night has disappeared by morning. What is copied out may be a database.
    ///
    /// ## Fix
    /// Build the file into the image or mount it from a ConfigMap; take data out by the means that the application has.
    ///
    /// ## Exceptions
    /// Tools that collect support bundles or seed volumes: scope a rule to their users.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: CONNECT
    /// subResource: exec
    /// kind: { group: "", version: v1, kind: PodExecOptions }
    /// object: { apiVersion: v1, kind: PodExecOptions, container: web, command: [tar, cf, "-", /data] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: CONNECT
    /// subResource: exec
    /// kind: { group: "", version: v1, kind: PodExecOptions }
    /// object: { apiVersion: v1, kind: PodExecOptions, container: web, command: [tar, tf, /backup/today.tar] }
    /// ```
    pub(super) FileCopyIntoPod = {
        code: "ADM02",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: PodExecOptions,
        needs: Request,
        yields_to: ["ADM01" in Object],
        equivalents: ["kyverno:block-kubectl-cp"],
    }
}

impl Check for FileCopyIntoPod {
    type Params = NoParams;

    fn check(_: &NoParams, options: PodExecOptions<'_>, _: &Context<'_>, out: &mut Findings) {
        let line = CommandLine::of(options.command());
        let copied =
            line.programs().filter(|(program, _)| *program == "tar").find_map(|(_, words)| way(words));
        let message = match copied {
            Some(Way::In) => "copies files into a running container",
            Some(Way::Out) => "copies files out of a running container",
            None => return,
        };
        out.report(options, message);
    }
}

/// Which way files go.
#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

/// Which way `tar` takes files over its input or output; `None` if it works on files of the container.
fn way(words: &[String]) -> Option<Way> {
    // Letters without a dash are flags only as the first word: `cf` and `-c -f` are the same.
    let is_flags = |(index, word): &(usize, &String)| {
        let is_dashed = word.starts_with('-') && !word.starts_with("--");
        is_dashed || *index == 0 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let flags: String = words.iter().enumerate().filter(is_flags).map(|(_, word)| word.as_str()).collect();
    let has = |flag: char, long: &str| flags.contains(flag) || words.iter().any(|word| word == long);
    // Without a name, or with a dash for it, the archive is the stream.
    let names_file = has('f', "--file") || words.iter().any(|word| word.starts_with("--file="));
    let is_stream =
        !names_file || words.iter().any(|word| word == "-" || word == "--file=-" || word == "-f-");
    match () {
        () if !is_stream => None,
        () if has('c', "--create") => Some(Way::Out),
        () if has('x', "--extract") || has('x', "--get") => Some(Way::In),
        () => None,
    }
}
