//! `seawall completions`.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, EXIT_CLEAN};

/// What `seawall completions` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "For example: seawall completions bash > /etc/bash_completion.d/seawall")]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "seawall", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(EXIT_CLEAN)
}
