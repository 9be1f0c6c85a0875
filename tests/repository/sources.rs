//! The source files, as the compiler reaches them: from `lib.rs` and `main.rs` by `mod` lines.

use std::path::{Path, PathBuf};

use syn::Item;

use super::texts::files_below;

/// A file of the crate that is compiled into the product.
pub(crate) struct Source {
    /// Path from the root of the project.
    pub(crate) file: String,
    /// The module that the file is, from the root of its crate.
    pub(crate) module: Vec<String>,
    pub(crate) syntax: syn::File,
}

/// Everything below `src`.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) product: Vec<Source>,
    /// Every file that a `mod` line leads to, those of tests included.
    reached: Vec<PathBuf>,
}

impl Sources {
    pub(crate) fn read() -> Self {
        let mut sources = Self::default();
        for root in ["lib.rs", "main.rs"] {
            sources.follow(&Path::new("src").join(root), Vec::new(), false);
        }
        sources
    }

    fn follow(&mut self, path: &Path, module: Vec<String>, is_test: bool) {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // `mod.rs` and the roots have their modules beside them, other files in a folder of their name.
        let folder = match path.file_name().and_then(|name| name.to_str()) {
            Some("mod.rs" | "lib.rs" | "main.rs") => path.parent().unwrap().to_owned(),
            _ => path.with_extension(""),
        };
        for item in &syntax.items {
            let Item::Mod(declared) = item else { continue };
            if declared.content.is_some() {
                continue;
            }
            let name = declared.ident.to_string();
            let candidates = [folder.join(&name).with_extension("rs"), folder.join(&name).join("mod.rs")];
            let found = candidates.into_iter().find(|it| root().join(it).is_file());
            let next = found.unwrap_or_else(|| panic!("{}: no file for `mod {name}`", path.display()));
            let module = module.iter().cloned().chain([name]).collect();
            self.follow(&next, module, is_test || is_only_for_tests(&declared.attrs));
        }
        self.reached.push(path.to_owned());
        if !is_test {
            self.product.push(Source { file: path.display().to_string(), module, syntax });
        }
    }
}

/// Whether an item is there for tests alone.
pub(crate) fn is_only_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_test = attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test");
        attribute.path().is_ident("cfg") && is_test
    })
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_file_is_reached_by_a_mod_line() {
    let sources = Sources::read();
    let orphans: Vec<_> = files_below(Path::new("src"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|it| it == "rs") && !sources.reached.contains(path))
        .collect();
    assert!(orphans.is_empty(), "no `mod` line leads to {orphans:?}");
}
