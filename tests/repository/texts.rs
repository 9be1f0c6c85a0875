//! What is committed: how long, in which words, with which version.

use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use super::sources::root;

/// A file longer than this has more than one story.
const LONGEST: usize = 500;

/// What is never committed, in pieces, so that this file has none of it: the paths of one machine, and promises.
const NEVER: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("GOPR", "OXY="),
    concat!("replace", "-with"),
];

#[test]
fn files_are_short() {
    let lines = |path: &PathBuf| std::fs::read_to_string(root().join(path)).unwrap().lines().count();
    let long: Vec<_> =
        files_below(Path::new("src")).into_iter().filter(|path| lines(path) > LONGEST).collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:?}");
}

#[test]
fn nothing_committed_names_a_machine_or_promises_work() {
    let mut faults = Vec::new();
    for path in committed() {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        for (line, text) in text.lines().enumerate() {
            let found = NEVER.iter().filter(|word| text.contains(*word));
            faults.extend(found.map(|word| format!("{}:{}: {word}", path.display(), line + 1)));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn dependencies_come_from_the_public_registry() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources = lock.lines().filter_map(|line| line.strip_prefix("source = "));
    let other: Vec<_> =
        sources.filter(|it| *it != "\"registry+https://github.com/rust-lang/crates.io-index\"").collect();
    assert!(other.is_empty(), "{other:?}");
}

/// `seawall 1.2.3`, `seawall:1.2.3`, `Seawall v1.2.3` in anything that people read, and the oldest Rust.
#[test]
fn the_docs_name_the_version_of_the_manifest() {
    let version = Regex::new(r"(?i)seawall[ :/@]v?(\d+\.\d+\.\d+)").unwrap();
    let rust = Regex::new(r"Rust (\d+\.\d+)").unwrap();
    let mut faults = Vec::new();
    for path in
        committed().into_iter().filter(|it| it.extension().is_some_and(|it| it == "md" || it == "yaml"))
    {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        for (pattern, wanted) in
            [(&version, env!("CARGO_PKG_VERSION")), (&rust, env!("CARGO_PKG_RUST_VERSION"))]
        {
            let named = pattern.captures_iter(&text).map(|it| it[1].to_owned()).filter(|it| it != wanted);
            faults.extend(named.map(|it| format!("{}: {it}, which is {wanted}", path.display())));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_changelog_has_the_version_of_the_manifest() {
    let log = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let heading = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    assert!(log.lines().any(|line| line.starts_with(&heading)), "no line `{heading}`");
}

/// Files below a directory, named from the root of the project.
pub(crate) fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(root().join(&directory)).unwrap() {
            let path = directory.join(entry.unwrap().file_name());
            let list = if root().join(&path).is_dir() { &mut directories } else { &mut files };
            list.push(path);
        }
    }
    files.sort();
    files
}

/// What git has, and what it would take; where there is no git, everything that is part of the package.
fn committed() -> Vec<PathBuf> {
    let list = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    match list {
        Ok(output) if output.status.success() => {
            let names = String::from_utf8(output.stdout).unwrap();
            names.split_terminator('\0').map(PathBuf::from).collect()
        }
        _ => ["src", "tests", "docs", "examples"]
            .into_iter()
            .flat_map(|it| files_below(Path::new(it)))
            .collect(),
    }
}
