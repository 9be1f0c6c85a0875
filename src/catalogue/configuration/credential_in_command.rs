//! `CFG02 credential-in-command`: a command line must not contain a password.

use super::credential::{self, flag};
use crate::object::Text;
use crate::object::command::CommandLine;
use crate::object::pod::PodContainer;
use crate::object::pod_spec::{ExecAction, LifecycleHandler, Probe};
use crate::policy::prelude::*;

policy! {
    /// A command has a credential among its arguments.
    ///
    /// That is so if an argument has the form of one (private keys, tokens of well-known services, URLs and connection
    /// strings with a password), or if it is given to a flag that takes one: `--password=…` and the like, by their
    /// exact names, `mysql -p…`, `redis-cli -a …`, `curl -u user:…`, and `PGPASSWORD=…` in front of a command. Looked
    /// at are `command` and `args`, probes and hooks, and what a shell is told to run. What a variable holds passes,
    /// and so do paths, switches and what is to be filled in.
    ///
    /// ## Why
    /// A command line is the most public of places: it stands in Git and in `kubectl get`, in the process list of
    /// the container and of its node, in crash reports and in what monitoring collects of processes.
    ///
    /// ## Fix
    /// Let the program read the credential from a file or a variable that comes from a Secret, and change it: it is
    /// known.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: cache, image: "redis:7.4.1", args: [--requirepass, hunter2] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: cache, image: "redis:7.4.1", args: [--requirepass, $(REDIS_PASSWORD)] }]
    /// ```
    pub(super) CredentialInCommand = {
        code: "CFG02",
        since: "0.1.0",
        severity: High,
        on: PodContainer,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/security/secrets-good-practices/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Names of flags that take a credential, without the dashes in front. Case does not count, and `_` and `.` count
    /// as `-`.
    flags: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { flags: flag::FLAGS.iter().map(|flag| (*flag).to_owned()).collect() }
    }
}

impl Check for CredentialInCommand {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        let own = container.command().iter().chain(container.args().iter());
        params.check(&own.collect::<Vec<_>>(), out);
        let lifecycle = container.lifecycle();
        let hooks = [lifecycle.and_then(|it| it.post_start()), lifecycle.and_then(|it| it.pre_stop())];
        let of_probes = container.probes().filter_map(Probe::exec);
        let of_hooks = hooks.into_iter().flatten().filter_map(LifecycleHandler::exec);
        for command in of_probes.chain(of_hooks).map(ExecAction::command) {
            params.check(&command.iter().collect::<Vec<_>>(), out);
        }
    }
}

impl Params {
    fn check(&self, words: &[Text<'_>], out: &mut Findings) {
        let mut given = flag::all(words, &self.flags).peekable();
        for (index, word) in words.iter().enumerate() {
            let flag = given.next_if(|(given, _)| *given == index).map(|(_, flag)| flag);
            if let Some(found) = credential::find(word) {
                out.report(*word, format_args!("the argument has {} in it", found.what));
            } else if let Some(flag) = flag {
                out.report(*word, format_args!("`{}` is given a credential", shown(flag)));
            } else if let Some(flag) = self.in_script(word) {
                out.report(*word, format_args!("`{}` is given a credential in the script", shown(&flag)));
            }
        }
    }

    /// The first flag or variable that a line of shell gives a credential.
    fn in_script(&self, script: &str) -> Option<String> {
        if !script.contains(char::is_whitespace) || !script.contains(['-', '=']) {
            return None;
        }
        let line = CommandLine::of_words(&["sh", "-c", script]);
        line.commands
            .iter()
            .find_map(|words| flag::all(words, &self.flags).next().map(|(_, flag)| flag.to_owned()))
    }
}
