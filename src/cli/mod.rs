//! The command line: a tree of subcommands, one file each.

mod adopt;
mod audit;
mod certs;
mod check;
mod completions;
mod config;
mod fix;
mod live;
mod modes;
mod policies;
pub mod reference;
mod report;
mod rules;
mod serve;
mod webhook_config;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Loaded, Overrides};

/// Nothing at or above `--fail-on`.
const EXIT_CLEAN: u8 = 0;
/// Findings at or above `--fail-on`.
const EXIT_FINDINGS: u8 = 1;
/// The command could not do its work; clap uses the same code for a bad flag.
const EXIT_FAILED: u8 = 2;

/// Keeps the known ways of taking production down out of a Kubernetes cluster.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the admission webhook.
    Serve(Box<serve::Args>),
    /// Check manifests before anything reaches a cluster.
    Check(check::Args),
    /// Judge what exists in a cluster.
    Audit(audit::Args),
    /// Show and check the certificate that is served.
    Certs(certs::Args),
    /// List the policies, or show what there is to say about one.
    Policies(policies::Args),
    /// Ask the mode table.
    Modes(modes::Args),
    /// Check a configuration, or print its schema.
    Config(config::Args),
    /// Print the ValidatingWebhookConfiguration that a configuration needs.
    WebhookConfig(webhook_config::Args),
    /// Print a completion script for a shell.
    Completions(completions::Args),
}

/// Runs the command and says how it went.
pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Command::Serve(args) => serve::run(*args),
        Command::Check(args) => check::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Certs(args) => certs::run(&args),
        Command::Policies(args) => policies::run(&args),
        Command::Modes(args) => modes::run(&args),
        Command::Config(args) => config::run(&args),
        Command::WebhookConfig(args) => webhook_config::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let is_closed_pipe = error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
            // `seawall policies list | head` ends well: nobody reads the rest.
            if is_closed_pipe {
                return ExitCode::from(EXIT_CLEAN);
            }
            // Where standard error is closed too, the exit code is all that is left to say.
            let _ = writeln!(anstream::stderr(), "error: {error:#}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}

/// Reads a configuration, and says on standard error what deserves a second look.
fn load(path: Option<&Path>, overrides: &Overrides) -> anyhow::Result<Loaded> {
    let loaded = crate::config::load(path, overrides, now())?;
    for warning in &loaded.warnings {
        writeln!(anstream::stderr(), "warning: {warning}")?;
    }
    Ok(loaded)
}

/// The instant of the run: what is judged is judged as of now.
#[expect(clippy::disallowed_methods, reason = "the command line is where time enters")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_tree_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
