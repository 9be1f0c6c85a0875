//! The bill of materials that is published beside the image.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::build::Context;
use crate::tools::{needs, output};

/// What `cargo cyclonedx` writes.
pub(crate) const FILE: &str = "seawall.cdx.json";

/// As in `docs/image.md`.
const WRITE: [&str; 8] = [
    "cyclonedx",
    "--format=json",
    "--spec-version=1.5",
    "--no-build-deps",
    "--target",
    TARGET,
    "--quiet",
    "--quiet",
];

const TARGET: &str = "x86_64-unknown-linux-musl";

pub(crate) fn is_complete(context: &Context) -> Result<()> {
    needs("cargo cyclonedx", "cargo install --locked cargo-cyclonedx")?;
    output(Command::new("cargo").args(WRITE).current_dir(&context.folder))?;
    let bill: Value = serde_json::from_str(&fs::read_to_string(context.folder.join(FILE))?)?;
    let components = bill["components"].as_array().context("no components")?;
    let listed: BTreeSet<&str> = components.iter().filter_map(|it| it["purl"].as_str()).collect();

    // What cargo itself says is compiled into the binary.
    let mut tree = Command::new("cargo");
    tree.args(["tree", "--locked", "--edges", "normal,no-proc-macro", "--target", TARGET]);
    let tree = output(tree.args(["--prefix", "none", "--format", "{p}"]).current_dir(&context.folder))?;
    let crates: BTreeSet<String> = tree.lines().filter_map(package_url).collect();
    ensure!(crates.len() > 100, "only {} crates in the tree", crates.len());
    let missing: Vec<_> = crates.iter().filter(|it| !listed.contains(it.as_str())).collect();
    ensure!(missing.is_empty(), "{missing:?}");
    Ok(())
}

/// `name v1.2.3 (…)` as a package URL; our own package is what the bill is about.
fn package_url(line: &str) -> Option<String> {
    let mut words = line.split(' ');
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    (name != env!("CARGO_PKG_NAME")).then(|| format!("pkg:cargo/{name}@{version}"))
}
