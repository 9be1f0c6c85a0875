//! What holds for the catalogue as a whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use seawall::catalogue;
use seawall::policy::{Meta, Theme};

use crate::{ensure, golden, trial};

/// A trial for each file too: what is in no list would otherwise not even be missed.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("the list of policies is fresh", listed),
        trial("policies yield to others, and never in a circle", yields),
    ];
    trials.extend(sources().chain(fixtures()).map(|file| {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
        let shown = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        trial(format!("{name}: {shown} has its policy"), move || {
            let is_its = |meta: &Meta| shown == meta.file || shown == format!("tests/policies/{}.yaml", meta.name);
            ensure(catalogue::all().any(|entry| is_its(entry.meta)), || {
                format!("no policy `{name}`: is it in `POLICIES` of its theme's mod.rs, and is that the type's name?")
            })
        })
    }));
    trials
}

/// The files of all themes; a folder is what policies of the theme have in common.
fn sources() -> impl Iterator<Item = PathBuf> {
    let folders = Theme::ALL.iter().map(|theme| root().join("src/catalogue").join(theme.folder()));
    folders.flat_map(|folder| files(&folder)).filter(|file| file.is_file() && !file.ends_with("mod.rs"))
}

fn fixtures() -> impl Iterator<Item = PathBuf> {
    let files = files(&root().join("tests/policies")).into_iter();
    files.filter(|file| file.extension().is_some_and(|extension| extension == "yaml"))
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

/// The files of a folder, sorted; none if there is no such folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    files
}
