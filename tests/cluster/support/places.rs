//! Where this build keeps its files. Cargo tells it to tests, but not to examples.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The target directory of this build.
pub(crate) fn target_dir() -> PathBuf {
    // The folder for the files of tests lies in it.
    option_env!("CARGO_TARGET_TMPDIR")
        .and_then(|tmp| Path::new(tmp).parent())
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), ToOwned::to_owned)
}

/// A new folder that goes with its value.
pub(crate) fn scratch(prefix: &str) -> Result<tempfile::TempDir> {
    let parent = target_dir().join("tmp");
    std::fs::create_dir_all(&parent)?;
    tempfile::Builder::new().prefix(prefix).tempdir_in(&parent).with_context(|| parent.display().to_string())
}
