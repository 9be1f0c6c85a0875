//! Which paths a file names, resolved to where they start: a module of the crate, or another crate.

use std::collections::HashMap;

use syn::buffer::{Cursor, TokenBuffer};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Item, ItemUse, UseTree};

use super::sources::is_only_for_tests;

/// Something that a file names from elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) line: usize,
    /// From its root: `crate` for what is ours, else the name of the other crate.
    pub(crate) path: Vec<String>,
}

/// What one file has that its floor may forbid.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) imports: Vec<Import>,
    /// Lines with `async` or `await`.
    pub(crate) asyncs: Vec<usize>,
}

/// Names at the root of the crate that are no modules of their own: `pub use engine::Verdict` in `lib.rs`.
pub(crate) type Reexports = HashMap<String, Vec<String>>;

/// Everything that a file names, except what only its tests do: a test may feed a module from above.
pub(crate) fn of_file(module: &[String], syntax: &syn::File, reexports: &Reexports) -> Found {
    let mut reader = Reader { scopes: Vec::new(), reexports, found: Found::default() };
    reader.module(module.to_vec(), &syntax.items);
    reader.found
}

/// What the root of the crate hands on under another name.
pub(crate) fn reexports(root: &syn::File) -> Reexports {
    names_of(&[], &root.items)
}

/// One module: its path, and what its `use` lines give names to.
struct Scope {
    module: Vec<String>,
    names: HashMap<String, Vec<String>>,
}

struct Reader<'a> {
    scopes: Vec<Scope>,
    reexports: &'a Reexports,
    found: Found,
}

impl Reader<'_> {
    fn module(&mut self, module: Vec<String>, items: &[Item]) {
        let names = names_of(&module, items);
        self.scopes.push(Scope { module, names });
        for item in items {
            self.visit_item(item);
        }
        self.scopes.pop();
    }

    /// Notes a path, if it leads out of its module. One name alone is a local one, unless a `use` says it.
    fn path(&mut self, path: &[String], line: usize, is_use: bool) {
        let Some(scope) = self.scopes.last() else { return };
        let mut path = absolute(&scope.module, &scope.names, path);
        if let [root, first, rest @ ..] = path.as_slice()
            && root == "crate"
            && let Some(origin) = self.reexports.get(first)
        {
            path = origin.iter().chain(rest).cloned().collect();
        }
        if is_use || path.len() > 1 {
            self.found.imports.push(Import { line, path });
        }
    }

    /// Paths in what a macro is given, which may be anything; each starts with `prefix`.
    fn tokens(&mut self, mut rest: Cursor<'_>, prefix: &[String]) {
        while !rest.eof() {
            let line = rest.span().start().line;
            let mut path = prefix.to_vec();
            let mut is_open = false;
            while let Some((ident, next)) = rest.ident() {
                path.push(ident.to_string());
                let after = separated(next);
                is_open = after.is_some();
                rest = after.unwrap_or(next);
                if !is_open {
                    break;
                }
            }
            if path.last().is_some_and(|word| word == "async" || word == "await") {
                self.found.asyncs.push(line);
            }
            if path.len() > prefix.len() {
                self.path(&path, line, false);
            }
            if let Some((inner, _, _, next)) = rest.any_group() {
                // Only `a::{…}` goes on with the path; `a(…)` is a call.
                self.tokens(inner, if is_open { &path } else { &[] });
                rest = next;
            } else if let Some((_, next)) = rest.token_tree() {
                // What ends a path is no part of one.
                rest = if path.len() > prefix.len() { rest } else { next };
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_only_for_tests(attributes(item)) {
            return;
        }
        match item {
            Item::Mod(inner) => {
                let Some((_, items)) = &inner.content else { return };
                let Some(scope) = self.scopes.last() else { return };
                let module = scope.module.iter().cloned().chain([inner.ident.to_string()]).collect();
                self.module(module, items);
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let line = item.span().start().line;
        for (_, path) in leaves(&item.tree) {
            self.path(&path, line, true);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.path(&segments, path.span().start().line, false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        visit::visit_macro(self, invoked);
        self.tokens(TokenBuffer::new2(invoked.tokens.clone()).begin(), &[]);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.found.asyncs.extend(signature.asyncness.map(|it| it.span.start().line));
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.found.asyncs.push(block.async_token.span.start().line);
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.found.asyncs.extend(closure.asyncness.map(|it| it.span.start().line));
        visit::visit_expr_closure(self, closure);
    }
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

/// The names that a module has, with what they stand for: its own modules, and what its `use` lines bring in.
fn names_of(module: &[String], items: &[Item]) -> HashMap<String, Vec<String>> {
    let mut names = HashMap::new();
    let mut brought = Vec::new();
    for item in items.iter().filter(|item| !is_only_for_tests(attributes(item))) {
        match item {
            Item::Mod(inner) => {
                let name = inner.ident.to_string();
                names.insert(name.clone(), absolute(module, &names, &["self".to_owned(), name]));
            }
            Item::Use(item) => brought.extend(leaves(&item.tree)),
            _ => {}
        }
    }
    let direct: HashMap<_, _> =
        names.iter().map(|(name, path)| (name.clone(), path.clone())).chain(brought.clone()).collect();
    names.extend(brought.into_iter().map(|(name, path)| (name, absolute(module, &direct, &path))));
    names
}

/// Every path that a `use` tree names, with the name that it gives it.
fn leaves(tree: &UseTree) -> Vec<(String, Vec<String>)> {
    fn below(path: &[String], tree: &UseTree, out: &mut Vec<(String, Vec<String>)>) {
        let longer = |name: &syn::Ident| -> Vec<String> {
            // `use a::{self}` means `a`.
            let name = (name != "self" || path.is_empty()).then(|| name.to_string());
            path.iter().cloned().chain(name).collect()
        };
        match tree {
            UseTree::Path(it) => below(&longer(&it.ident), &it.tree, out),
            UseTree::Name(it) => {
                let path = longer(&it.ident);
                out.push((path.last().cloned().unwrap_or_default(), path));
            }
            UseTree::Rename(it) => out.push((it.rename.to_string(), longer(&it.ident))),
            UseTree::Glob(_) => out.push(("*".to_owned(), path.to_vec())),
            UseTree::Group(it) => it.items.iter().for_each(|tree| below(path, tree, out)),
        }
    }
    let mut out = Vec::new();
    below(&[], tree, &mut out);
    out
}

/// A path from its root. `seawall` is how the binary names the library.
fn absolute(module: &[String], names: &HashMap<String, Vec<String>>, path: &[String]) -> Vec<String> {
    let within = |module: &[String], rest: &[String]| {
        ["crate".to_owned()].iter().chain(module).chain(rest).cloned().collect::<Vec<_>>()
    };
    let Some((first, rest)) = path.split_first() else { return Vec::new() };
    match first.as_str() {
        "crate" | "seawall" => within(&[], rest),
        "self" => within(module, rest),
        "super" => {
            let supers = path.iter().take_while(|it| *it == "super").count();
            within(&module[..module.len().saturating_sub(supers)], &path[supers..])
        }
        // A name that stands for itself, as in `use regex;`, would be looked up for ever.
        name => match names.get(name).filter(|origin| origin.first() != Some(first)) {
            Some(origin) => {
                let path: Vec<_> = origin.iter().chain(rest).cloned().collect();
                absolute(module, &HashMap::new(), &path)
            }
            None => path.to_vec(),
        },
    }
}

/// What follows a `::`, if one comes next.
fn separated(cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    let (first, next) = cursor.punct()?;
    let (second, next) = next.punct()?;
    (first.as_char() == ':' && second.as_char() == ':').then_some(next)
}
