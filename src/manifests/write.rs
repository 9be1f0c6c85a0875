//! Texts written back to the files that they were read from: all of them, or none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Source;

/// Why no file was written; the message starts with the file.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A pipe, a device: there is nothing to edit.
    #[error("{source_name}: not a file that can be edited: give its text to `check --fix -` instead")]
    NotAFile {
        /// Name of the file.
        source_name: Arc<str>,
    },
    /// Nobody may write it.
    #[error("{source_name}: read-only: nothing was written")]
    ReadOnly {
        /// Name of the file.
        source_name: Arc<str>,
    },
    /// Somebody else wrote it since it was read.
    #[error("{source_name}: changed while it was checked: nothing was written, run it again")]
    Changed {
        /// Name of the file.
        source_name: Arc<str>,
    },
    /// The file system refuses.
    #[error("{source_name}: cannot be written: {error}")]
    Io {
        /// Name of the file.
        source_name: Arc<str>,
        /// Why.
        error: io::Error,
    },
}

/// Replaces the text of each file, given as it was read and as it is to be.
///
/// Every new text lies complete beside its file before the first one takes its place. Links are followed, permissions
/// and owner kept. What has no file is left out.
pub fn write<'a>(texts: impl Iterator<Item = (&'a Source, &'a Source)>) -> Result<(), WriteError> {
    let mut prepared = Vec::new();
    for (before, after) in texts {
        let source_name = || Arc::clone(&before.name);
        let Some(path) = &before.path else { continue };
        let io = |error| WriteError::Io { source_name: source_name(), error };
        let path = path.canonicalize().map_err(io)?;
        let metadata = fs::metadata(&path).map_err(io)?;
        if !metadata.is_file() {
            return Err(WriteError::NotAFile { source_name: source_name() });
        }
        if metadata.permissions().readonly() {
            return Err(WriteError::ReadOnly { source_name: source_name() });
        }
        if fs::read(&path).map_err(io)? != before.text.as_bytes() {
            return Err(WriteError::Changed { source_name: source_name() });
        }
        let beside = Beside::write(&path, &after.text, &metadata).map_err(io)?;
        prepared.push((source_name(), path, beside));
    }
    for (source_name, path, beside) in prepared {
        beside.replace(&path).map_err(|error| WriteError::Io { source_name, error })?;
    }
    Ok(())
}

/// A file beside another, which is to take its place; removed if it does not.
struct Beside(PathBuf);

impl Beside {
    fn write(path: &Path, text: &str, like: &fs::Metadata) -> io::Result<Self> {
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".seawall-{}", std::process::id()));
        let beside = path.with_file_name(name);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
        let beside = Self(beside);
        file.write_all(text.as_bytes())?;
        give_to_owner_of(&file, like);
        file.set_permissions(like.permissions())?;
        file.sync_all()?;
        Ok(beside)
    }

    fn replace(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.0, path)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Renamed, as a rule: then there is nothing to remove.
        let _ = fs::remove_file(&self.0);
    }
}

/// Whoever may not give files away writes files of their own, as any editor does.
#[cfg(unix)]
fn give_to_owner_of(file: &File, like: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(like.uid()), Some(like.gid()));
}

#[cfg(not(unix))]
fn give_to_owner_of(_: &File, _: &fs::Metadata) {}
