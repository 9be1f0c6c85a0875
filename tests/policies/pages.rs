//! The generated pages are those that are committed. `UPDATE=1 cargo test` writes them again.

use std::fs;
use std::path::Path;

use libtest_mimic::Trial;
use seawall::catalogue;
use seawall::report::policy_page;

use crate::repository::{files, root};
use crate::{ensure, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let pages = catalogue::all().map(|entry| {
        trial(format!("{}: page is fresh", entry.meta.name), move || {
            let file = root().join(format!("docs/policies/{}.md", entry.meta.name));
            same_as_committed(&file, &policy_page::render(entry))
        })
    });
    let index = trial("the index of pages is fresh", || {
        same_as_committed(&root().join("docs/policies/README.md"), &policy_page::index(catalogue::all()))
    });
    pages.chain([index, trial("every page has a policy", no_orphans)]).collect()
}

/// Compares what is generated with what is committed, or writes it, with `UPDATE` set.
pub(crate) fn same_as_committed(file: &Path, generated: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap_or(file)).map_err(|error| error.to_string())?;
        return fs::write(file, generated).map_err(|error| error.to_string());
    }
    let committed = fs::read_to_string(file).unwrap_or_default();
    ensure(committed == generated, || format!("{} is stale: UPDATE=1 cargo test", file.display()))
}

fn no_orphans() -> Result<(), String> {
    for file in files(&root().join("docs/policies")) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        ensure(name == "README" || catalogue::find(&name).is_some(), || format!("no policy {name}"))?;
    }
    Ok(())
}
