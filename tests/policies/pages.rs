//! The generated pages are those that are committed. `UPDATE=1 cargo test` writes them again.

use libtest_mimic::Trial;
use seawall::catalogue;
use seawall::report::policy_page;

use crate::repository::{files, root};
use crate::{ensure, facts, golden, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let pages = catalogue::all().map(|entry| {
        trial(format!("{}: page is fresh", entry.meta.name), move || {
            let file = format!("docs/policies/{}.md", entry.meta.name);
            golden::check(&file, &policy_page::render(entry))
        })
    });
    let index = trial("the index of pages is fresh", || {
        golden::check("docs/policies/README.md", &policy_page::index(catalogue::all()))
    });
    let facts = trial("the page about facts is fresh", facts::page_is_fresh);
    pages.chain([index, facts, trial("every page has a policy", no_orphans)]).collect()
}

fn no_orphans() -> Result<(), String> {
    for file in files(&root().join("docs/policies")) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        ensure(name == "README" || catalogue::find(&name).is_some(), || format!("no policy {name}"))?;
    }
    Ok(())
}
