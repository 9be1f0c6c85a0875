//! Which files there are, and their text.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes; the API server takes no object above 3 MiB.
pub(super) const MAX_FILE: usize = 64 * 1024 * 1024;

const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// What came of one path of the command line, or of one below it.
pub(super) type Found = Result<PathBuf, (PathBuf, io::Error)>;

/// The path itself if it is no directory, else the manifests below it, sorted.
///
/// Hidden directories are left out unless named on the command line. Links are followed, and no directory is
/// entered twice.
pub(super) fn find(path: &Path) -> Vec<Found> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    let mut found = Vec::new();
    let mut entered = HashSet::new();
    let mut directories = vec![path.to_owned()];
    while let Some(directory) = directories.pop() {
        if let Err(error) = list(&directory, &mut entered, &mut found, &mut directories) {
            found.push(Err((directory, error)));
        }
    }
    found.sort_by(|a, b| path_of(a).cmp(path_of(b)));
    found
}

fn path_of(found: &Found) -> &Path {
    match found {
        Ok(path) | Err((path, _)) => path,
    }
}

fn list(
    directory: &Path,
    entered: &mut HashSet<PathBuf>,
    found: &mut Vec<Found>,
    directories: &mut Vec<PathBuf>,
) -> io::Result<()> {
    if !entered.insert(directory.canonicalize()?) {
        return Ok(());
    }
    let mut paths = fs::read_dir(directory)?.map(|it| Ok(it?.path())).collect::<io::Result<Vec<_>>>()?;
    // Which of two links to a directory is followed must not depend on the file system.
    paths.sort_by(|a, b| b.cmp(a));
    for path in paths {
        if path.is_dir() {
            if !is_hidden(&path) {
                directories.push(path);
            }
        } else if path.extension().is_some_and(|it| EXTENSIONS.iter().any(|known| it == *known)) {
            found.push(Ok(path));
        }
    }
    Ok(())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// All bytes, or `None` if there are more than [`MAX_FILE`]. The size is not asked for: a pipe has none.
pub(super) fn read_all(reader: &mut dyn Read) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= MAX_FILE).then_some(bytes))
}
