//! `seawall config`.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use super::{EXIT_CLEAN, load};
use crate::config::{self, Overrides};

/// The configuration file.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a configuration as `serve` would, and say everything that is wrong with it.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Print the JSON Schema of the configuration, for editors.
    Schema,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let mut out = anstream::stdout();
    match &args.command {
        Command::Check { file } => {
            let loaded = load(Some(file), &Overrides::default())?;
            writeln!(out, "{}: valid, digest {}", file.display(), loaded.config.digest)?;
        }
        Command::Schema => writeln!(out, "{}", serde_json::to_string_pretty(&config::schema())?)?,
    }
    Ok(EXIT_CLEAN)
}
