//! The files of a configuration: itself, and those with exceptions that it names.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use super::source::Source;

/// Largest file that is read, in bytes; a ConfigMap holds a mebibyte.
pub(super) const MAX_FILE: u64 = 8 * 1024 * 1024;

/// Most files that a pattern of `exceptionFiles` may stand for.
const MAX_FILES: usize = 1000;

/// All texts of a configuration, as they were at one moment. Equal texts make equal configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    /// The configuration itself; `None` if there is none and the defaults hold.
    pub(super) main: Option<Text>,
    /// Files with exceptions, in the order of the patterns, then by name.
    pub(super) exceptions: Vec<Text>,
    /// What is wrong with a pattern, with its index.
    pub(super) bad_patterns: Vec<(usize, String)>,
    patterns: Vec<String>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) path: PathBuf,
    /// What the file is called in messages.
    pub(super) name: Arc<str>,
    /// What stands in it, or why that is not known.
    pub(super) content: Result<String, String>,
}

impl Texts {
    /// A configuration that is not in a file.
    pub(super) fn of_text(name: &str, text: &str) -> Self {
        let content = Ok(text.to_owned());
        Self { main: Some(Text { path: name.into(), name: name.into(), content }), ..Self::default() }
    }

    /// Reads all files; what cannot be read is part of the result. The texts from before spare the work of
    /// looking for patterns in a configuration that has not changed.
    pub(super) fn gather(path: &Path, before: Option<&Self>) -> Self {
        let main = Text::read(path.to_owned());
        let patterns = match before {
            Some(before) if before.main.as_ref() == Some(&main) => before.patterns.clone(),
            _ => patterns(&main),
        };
        let mut texts = Self { main: Some(main), patterns, ..Self::default() };
        let directory = path.parent().unwrap_or(Path::new(""));
        for (index, pattern) in texts.patterns.iter().enumerate() {
            match expand(directory, pattern) {
                Ok(paths) => texts.exceptions.extend(paths.into_iter().map(Text::read)),
                Err(message) => texts.bad_patterns.push((index, message)),
            }
        }
        texts
    }

    /// Every file that was looked at.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.main.iter().chain(&self.exceptions).map(|text| text.path.clone()).collect()
    }
}

impl Text {
    fn read(path: PathBuf) -> Self {
        let name = path.display().to_string().into();
        let content = read(&path).map_err(|error| format!("cannot be read: {error}"));
        Self { path, name, content }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(io::Error::other(format!("larger than {} MiB", MAX_FILE / (1024 * 1024))));
    }
    Ok(text)
}

/// The patterns that a configuration names, as far as it can be read; the rest is reported when it is checked.
fn patterns(main: &Text) -> Vec<String> {
    let source = main.content.as_ref().ok().and_then(|text| Source::read(&main.name, text).ok());
    let patterns = source.as_ref().and_then(|source| source.value.get("exceptionFiles")?.as_array());
    patterns.into_iter().flatten().map(|it| it.as_str().unwrap_or_default().to_owned()).collect()
}

/// The files that a pattern stands for, by name. A path without wildcards stands for itself, so that one that
/// is missing is an error; a pattern may match nothing.
fn expand(directory: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let mut paths = vec![directory.to_owned()];
    for component in Path::new(pattern).components() {
        let name = component.as_os_str().to_string_lossy();
        if !matches!(component, Component::Normal(_)) || !name.contains(['*', '?', '[', '{']) {
            for path in &mut paths {
                path.push(component);
            }
            continue;
        }
        if name.contains("**") {
            return Err("`**` is not supported: name each level of directories".to_owned());
        }
        let glob = GlobBuilder::new(&name).literal_separator(true).build();
        let glob = glob.map_err(|error| error.kind().to_string())?.compile_matcher();
        let mut found = Vec::new();
        for path in paths {
            matching(&path, &glob, name.starts_with('.'), &mut found)?;
        }
        paths = found;
    }
    paths.sort();
    Ok(paths)
}

/// Appends what matches in a directory. Hidden names have to be asked for, so that the directories in which
/// kubelet keeps the versions of a mounted ConfigMap are passed over.
fn matching(
    directory: &Path,
    glob: &GlobMatcher,
    hidden: bool,
    found: &mut Vec<PathBuf>,
) -> Result<(), String> {
    let shown = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let entries = match fs::read_dir(shown) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(());
        }
        Err(error) => return Err(format!("{}: cannot be read: {error}", shown.display())),
    };
    for entry in entries {
        let name =
            entry.map_err(|error| format!("{}: cannot be read: {error}", shown.display()))?.file_name();
        if glob.is_match(&name) && (hidden || !name.as_encoded_bytes().starts_with(b".")) {
            found.push(directory.join(name));
        }
        if found.len() > MAX_FILES {
            return Err(format!("stands for more than {MAX_FILES} files"));
        }
    }
    Ok(())
}
