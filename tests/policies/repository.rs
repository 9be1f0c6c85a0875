//! What holds for the catalogue as a whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use seawall::catalogue;
use seawall::policy::Theme;

use crate::{ensure, golden, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("codes and names are unique", unique),
        trial("every policy stands where its name says", placed),
        trial("every file of a theme is a policy", no_orphans),
        trial("every fixture has a policy", no_orphan_fixtures),
        trial("the list of policies is known", listed),
        trial("policies yield to others, and never in a circle", yields),
    ]
}

fn unique() -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for meta in catalogue::all().map(|entry| entry.meta) {
        ensure(seen.insert(meta.code) && seen.insert(meta.name), || {
            format!("{} {} twice", meta.code, meta.name)
        })?;
    }
    Ok(())
}

fn placed() -> Result<(), String> {
    for meta in catalogue::all().map(|entry| entry.meta) {
        let file = file_of(meta.theme, meta.name);
        ensure(root().join(meta.file) == file, || format!("{} is not {}", meta.file, file.display()))?;
        let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
        let heading = format!("//! `{} {}`: ", meta.code, meta.name);
        ensure(text.starts_with(&heading), || format!("{} does not start with {heading}", meta.file))?;
        // A page that needs more is two policies, or has a helper that belongs into `object`.
        let lines = text.lines().count();
        ensure(lines <= 200, || format!("{} has {lines} lines", meta.file))?;
    }
    Ok(())
}

fn no_orphans() -> Result<(), String> {
    let expected: BTreeSet<_> =
        catalogue::all().map(|entry| file_of(entry.meta.theme, entry.meta.name)).collect();
    for theme in Theme::ALL {
        let folder = root().join("src/catalogue").join(theme.folder());
        // A folder is what policies of the theme have in common.
        let pages = files(&folder).into_iter().filter(|file| file.is_file() && !file.ends_with("mod.rs"));
        for file in pages {
            ensure(expected.contains(&file), || format!("{} is no policy of the theme", file.display()))?;
        }
    }
    Ok(())
}

fn no_orphan_fixtures() -> Result<(), String> {
    for file in files(&root().join("tests/policies")) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let is_fixture = file.extension().is_some_and(|extension| extension == "yaml");
        ensure(!is_fixture || catalogue::find(&name).is_some(), || format!("no policy {name}"))?;
    }
    Ok(())
}

/// Names are an interface: configurations and exceptions are written with them.
fn listed() -> Result<(), String> {
    let lines = catalogue::all().map(|entry| {
        let meta = entry.meta;
        format!("{} {} {}", meta.code, meta.name, meta.severity.as_str())
    });
    let list = lines.collect::<Vec<_>>().join("\n") + "\n";
    golden::check("tests/policies/list.txt", &list)
}

/// Who yields to somebody worse loses nothing in any profile, and in the end somebody speaks.
fn yields() -> Result<(), String> {
    for meta in catalogue::all().map(|entry| entry.meta) {
        let mut after: Vec<_> = meta.yields_to.iter().map(|other| other.code).collect();
        let mut seen = BTreeSet::new();
        while let Some(code) = after.pop() {
            let other = catalogue::all().map(|entry| entry.meta).find(|other| other.code == code);
            let other = other.ok_or_else(|| format!("{} yields to {code}, which is none", meta.code))?;
            ensure(code != meta.code, || format!("{code} yields to itself in the end"))?;
            // Nobody turns a policy on by a profile that is opt-in: the modes decide, as they stand.
            ensure(meta.opt_in || other.severity >= meta.severity, || {
                format!("{} yields to {code}, which is milder", meta.code)
            })?;
            if seen.insert(code) {
                after.extend(other.yields_to.iter().map(|other| other.code));
            }
        }
    }
    Ok(())
}

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn file_of(theme: Theme, name: &str) -> PathBuf {
    root().join(format!("src/catalogue/{}/{}.rs", theme.folder(), name.replace('-', "_")))
}

/// The files of a folder, sorted; none if there is no such folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    files
}
