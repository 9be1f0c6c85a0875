//! The floors of the house: a module imports from below, never from above, and hardly ever from beside.

use super::imports::{self, Found, Import, Reexports};
use super::sources::{Sources, root};

/// Every module: its floor, and those on the same floor that it may import.
const FLOORS: &[(&str, usize, Beside)] = &[
    ("tree", 0, Beside::Nobody),
    ("metrics", 0, Beside::Nobody),
    ("object", 1, Beside::Nobody),
    ("policy", 2, Beside::Nobody),
    ("catalogue", 2, Beside::These(&["policy"])),
    ("modes", 3, Beside::Nobody),
    ("engine", 3, Beside::These(&["modes"])),
    ("config", 4, Beside::These(&["registration"])),
    ("admission", 4, Beside::Nobody),
    ("manifests", 4, Beside::Nobody),
    ("report", 4, Beside::Nobody),
    ("cluster", 4, Beside::Nobody),
    ("certificates", 4, Beside::These(&["cluster"])),
    ("registration", 4, Beside::These(&["cluster"])),
    ("server", 5, Beside::Nobody),
    ("audit", 5, Beside::Nobody),
    ("app", 6, Beside::All),
    ("cli", 6, Beside::All),
    (ROOT, 6, Beside::All),
];

/// What `lib.rs` and `main.rs` count as.
const ROOT: &str = "the root";

/// Floors up to this one have no I/O, no clock, nothing asynchronous, and write no logs.
const PURE: usize = 3;

/// Modules further up that read and write, but never wait.
const SYNCHRONOUS: &[&str] = &["admission", "manifests", "report"];

/// What brings the world in.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
    "anstream",
    "axum",
    "hyper",
    "hyper_util",
    "kube",
    "rustls",
    "socket2",
    "tracing",
    "tracing_subscriber",
];

/// What waits.
const ASYNCHRONOUS: &[&str] = &["futures", "tokio", "tokio_rustls", "tower"];

/// Whom a module may import on its own floor.
enum Beside {
    Nobody,
    These(&'static [&'static str]),
    All,
}

#[test]
fn every_module_keeps_to_its_floor() {
    let sources = Sources::read();
    let library = sources.product.iter().find(|source| source.file == "src/lib.rs").unwrap();
    let reexports = imports::reexports(&library.syntax);
    let faults: Vec<_> = sources
        .product
        .iter()
        .flat_map(|source| faults(&source.file, &source.module, &source.syntax, &reexports))
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_module_has_a_floor() {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let library = syn::parse_file(&text).unwrap();
    let modules = library.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) => Some(module.ident.to_string()),
        _ => None,
    });
    let homeless: Vec<_> = modules.filter(|module| floor_of(module).is_none()).collect();
    assert!(homeless.is_empty(), "give {homeless:?} a floor in {}", file!());
}

/// What a file does that its floor forbids, each with its line.
fn faults(file: &str, module: &[String], syntax: &syn::File, reexports: &Reexports) -> Vec<String> {
    let own = module.first().map_or(ROOT, String::as_str);
    let Some((floor, beside)) = floor_of(own) else { return vec![format!("{file}: `{own}` has no floor")] };
    let Found { imports, asyncs } = imports::of_file(module, syntax, reexports);
    let mut faults: Vec<(usize, String)> = Vec::new();
    for Import { line, path } in &imports {
        let reason = match path.as_slice() {
            [root, rest @ ..] if root == "crate" => misplaced(own, floor, beside, rest.first()),
            _ => foreign(own, floor, &path.join("::")),
        };
        faults.extend(reason.map(|reason| (*line, reason)));
    }
    if floor <= PURE || SYNCHRONOUS.contains(&own) {
        faults.extend(asyncs.into_iter().map(|line| (line, format!("`{own}` must not be asynchronous"))));
    }
    faults.sort();
    // One line is enough to find the rest.
    let mut seen = Vec::new();
    faults.retain(|(_, reason)| {
        !seen.contains(reason) && {
            seen.push(reason.clone());
            true
        }
    });
    faults.into_iter().map(|(line, reason)| format!("{file}:{line}: {reason}")).collect()
}

/// Why a module of ours must not be imported, if it must not.
fn misplaced(own: &str, floor: usize, beside: &Beside, imported: Option<&String>) -> Option<String> {
    let Some(imported) = imported else {
        return (floor < 6).then(|| format!("`{own}` must not import the whole crate"));
    };
    let Some((other, _)) = floor_of(imported) else {
        return (floor < 6).then(|| format!("`{imported}` is no module of the crate"));
    };
    let allowed = match beside {
        _ if imported == own => true,
        Beside::Nobody => other < floor,
        Beside::These(modules) => other < floor || modules.contains(&imported.as_str()),
        Beside::All => other <= floor,
    };
    (!allowed).then(|| format!("`{own}` (floor {floor}) must not import `{imported}` (floor {other})"))
}

/// Why something of another crate must not be used, if it must not.
fn foreign(own: &str, floor: usize, path: &str) -> Option<String> {
    let is_in = |list: &[&str]| {
        list.iter()
            .any(|it| path.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
    };
    let forbidden = (floor <= PURE && (is_in(IMPURE) || is_in(ASYNCHRONOUS)))
        || (SYNCHRONOUS.contains(&own) && is_in(ASYNCHRONOUS));
    forbidden.then(|| format!("`{own}` must not use `{path}`"))
}

fn floor_of(module: &str) -> Option<(usize, &'static Beside)> {
    FLOORS.iter().find(|(name, ..)| *name == module).map(|(_, floor, beside)| (*floor, beside))
}

#[test]
fn no_way_up_is_missed() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("object::pod", "use crate::tree::Tree; use super::meta; use std::time::Duration;", &[]),
        ("object::pod", "use crate::engine;", &["1: `object` (floor 1) must not import `engine` (floor 3)"]),
        (
            "object::pod",
            "use crate::{tree::Tree,\n policy::{self, Meta}};",
            &["1: `object` (floor 1) must not import `policy` (floor 2)"],
        ),
        (
            "object::pod",
            "use super::super::policy::Meta;",
            &["1: `object` (floor 1) must not import `policy` (floor 2)"],
        ),
        (
            "object::pod",
            "mod a { mod b { type It = super::super::super::super::policy::Meta; } }",
            &["1: `object` (floor 1) must not import `policy` (floor 2)"],
        ),
        (
            "tree",
            "\nfn f() { crate::object::f() }",
            &["2: `tree` (floor 0) must not import `object` (floor 1)"],
        ),
        ("tree", "use crate::*;", &["1: `tree` must not import the whole crate"]),
        (
            "tree",
            "use crate as house; type It = house::object::It;",
            &[
                "1: `tree` (floor 0) must not import `object` (floor 1)",
                "1: `tree` must not import the whole crate",
            ],
        ),
        ("tree", "use crate::Handed;", &["1: `tree` (floor 0) must not import `engine` (floor 3)"]),
        ("tree", "use crate::metrics;", &["1: `tree` (floor 0) must not import `metrics` (floor 0)"]),
        ("catalogue::images", "use crate::policy::Meta;", &[]),
        ("policy", "use crate::catalogue;", &["1: `policy` (floor 2) must not import `catalogue` (floor 2)"]),
        (
            "report",
            "use crate::config::Config;",
            &["1: `report` (floor 4) must not import `config` (floor 4)"],
        ),
        (
            "server",
            "fn f() { g!(x,\n $crate::audit::run()) }",
            &["2: `server` (floor 5) must not import `audit` (floor 5)"],
        ),
        (
            "server",
            "m! { use crate::{engine::It, cli::{a, b}}; }",
            &["1: `server` (floor 5) must not import `cli` (floor 6)"],
        ),
        (
            "modes",
            "fn f() { g!(h(std::env::vars()), i { j: crate::server::it() }) }",
            &[
                "1: `modes` (floor 3) must not import `server` (floor 5)",
                "1: `modes` must not use `std::env::vars`",
            ],
        ),
        ("cli", "use crate::app; use crate::audit; use tokio::spawn;", &[]),
        (
            "modes",
            "fn f() { std::time::Instant::now(); }",
            &["1: `modes` must not use `std::time::Instant::now`"],
        ),
        (
            "modes",
            "use std::time;\nfn f() { time::SystemTime::now() }",
            &["2: `modes` must not use `std::time::SystemTime::now`"],
        ),
        ("engine", "use tracing::info;", &["1: `engine` must not use `tracing::info`"]),
        ("engine", "fn f() { let _ = async { 1 }; }", &["1: `engine` must not be asynchronous"]),
        ("manifests", "use std::fs;\nasync fn f() {}", &["2: `manifests` must not be asynchronous"]),
        ("report", "use tokio::fs;", &["1: `report` must not use `tokio::fs`"]),
        ("server", "async fn f() { tokio::spawn(g()) }", &[]),
        ("object", "#[cfg(test)] mod tests { use crate::engine; }", &[]),
    ];
    let reexports =
        imports::reexports(&syn::parse_str("pub use engine::Verdict as Handed; mod engine;").unwrap());
    for (module, text, expected) in cases {
        let module: Vec<_> = module.split("::").map(str::to_owned).collect();
        let found = faults("it", &module, &syn::parse_file(text).unwrap(), &reexports);
        let expected: Vec<_> = expected.iter().map(|fault| format!("it:{fault}")).collect();
        assert_eq!(found, expected, "{text}");
    }
}
