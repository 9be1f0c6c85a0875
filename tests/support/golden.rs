//! Files that are made from the code: compared as they stand, rewritten where `UPDATE` is set to something.

use std::path::Path;

/// Holds a committed file, named from the root of the project, to what the code makes of it.
///
/// `UPDATE=1 cargo test` writes the file instead; a stale one is an error that names its first stale line.
pub(crate) fn check(file: &str, made: &str) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE").is_some_and(|update| !update.is_empty()) {
        // Under another name until it is complete: another test may be reading the file.
        let partial = path.with_extension("partial");
        let written = std::fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| std::fs::write(&partial, made))
            .and_then(|()| std::fs::rename(&partial, &path));
        return written.map_err(|error| format!("{file}: {error}"));
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed == made {
        return Ok(());
    }
    let same = committed.lines().zip(made.lines()).take_while(|(old, new)| old == new).count();
    let (old, new) = (committed.lines().nth(same).unwrap_or(""), made.lines().nth(same).unwrap_or(""));
    let line = same + 1;
    let target = env!("CARGO_CRATE_NAME");
    Err(format!(
        "{file}:{line}: is `{old}`, should be `{new}`: UPDATE=1 cargo test --test {target} writes it"
    ))
}
