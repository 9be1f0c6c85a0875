//! Changes of the configuration, found by looking: a watch on the files would miss the second swap of a mounted
//! ConfigMap.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::files::Texts;
use super::{ConfigErrors, Loaded, Overrides, interpret};

/// Looks for changes of a configuration and of every file that it names. Looking reads files: it blocks.
#[derive(Debug)]
pub struct Watcher {
    path: PathBuf,
    overrides: Overrides,
    /// What the last answer was made from.
    known: Texts,
    /// What was seen last, if it is something else.
    seen: Option<Texts>,
}

impl Watcher {
    /// Reads a configuration and goes on to look for changes of what was read.
    pub fn start(path: &Path, overrides: Overrides, now: Timestamp) -> Result<(Self, Loaded), ConfigErrors> {
        let known = Texts::gather(path, None);
        let loaded = interpret(&known, &overrides, now)?;
        Ok((Self { path: path.to_owned(), overrides, known, seen: None }, loaded))
    }

    /// Looks once, to be called every few seconds; `None` if there is nothing new.
    ///
    /// A change counts once it has been seen twice in a row, so that a file that is just being written is not
    /// taken for a shorter one. A configuration that is wrong is reported once; the caller keeps the last good
    /// one, and hears again when the files change.
    pub fn poll(&mut self, now: Timestamp) -> Option<Result<Loaded, ConfigErrors>> {
        // What comes through a pipe comes once.
        if std::fs::metadata(&self.path).is_ok_and(|file| !file.is_file()) {
            return None;
        }
        let texts = Texts::gather(&self.path, self.seen.as_ref().or(Some(&self.known)));
        if texts == self.known {
            self.seen = None;
            return None;
        }
        if self.seen.as_ref() != Some(&texts) {
            self.seen = Some(texts);
            return None;
        }
        let loaded = interpret(&texts, &self.overrides, now);
        self.known = texts;
        self.seen = None;
        Some(loaded)
    }
}
