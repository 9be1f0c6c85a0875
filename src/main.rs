//! The `seawall` binary: installs what the whole process shares, parses, runs.

use std::process::ExitCode;

use clap::Parser;

/// musl's own allocator makes reading JSON several times slower; glibc's is as fast here and holds less memory.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Libraries that build TLS configurations of their own ask for the process's provider. It can only be set
    // once, and nobody has set it yet.
    let _ = rustls::crypto::ring::default_provider().install_default();
    seawall::cli::run(seawall::cli::Cli::parse())
}
