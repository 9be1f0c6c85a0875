//! What is in the image, and what it says about itself.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::build::{Context, EPOCH, Image, REVISION, repository};

/// The compiler of the image is the one that everything else is promised for.
pub(crate) fn builder_has_the_oldest_rust() -> Result<()> {
    let text = fs::read_to_string(repository().join("Dockerfile"))?;
    let wanted = format!("/rust:{}.", env!("CARGO_PKG_RUST_VERSION"));
    ensure!(text.contains(&wanted), "the Dockerfile has no `{wanted}…`");
    Ok(())
}

pub(crate) fn only_sources(context: &Context) -> Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(&context.folder)? {
        names.push(entry?.file_name().into_string().unwrap_or_default());
    }
    // Another test of this run may have written it by now.
    names.retain(|name| name != crate::sbom::FILE);
    names.sort();
    ensure!(names == [".cargo", "Cargo.lock", "Cargo.toml", "src"], "{names:?}");
    Ok(())
}

pub(crate) fn one_file(image: &Image) -> Result<()> {
    let root = image.root()?;
    let entries = fs::read_dir(&root)?.collect::<Result<Vec<_>, _>>()?;
    let names: Vec<_> = entries.iter().map(fs::DirEntry::file_name).collect();
    ensure!(names == ["seawall"], "{names:?}");
    let file = root.join("seawall").symlink_metadata()?;
    ensure!(file.is_file() && file.mode() & 0o7777 == 0o555, "mode {:o}", file.mode());
    ensure!((file.uid(), file.gid()) == (0, 0), "owned by {}:{}", file.uid(), file.gid());
    ensure!(u64::try_from(file.mtime())? == EPOCH, "of {}", file.mtime());
    Ok(())
}

pub(crate) fn configuration(image: &Image) -> Result<()> {
    let oci = &image.inspected["OCIv1"];
    let config = &oci["config"];
    expect(&config["User"], &json!("65532:65532"))?;
    expect(&config["Entrypoint"], &json!(["/seawall"]))?;
    expect(&config["Cmd"], &Value::Null)?;
    expect(&config["ExposedPorts"], &json!({ "8080/tcp": {}, "8443/tcp": {} }))?;
    expect(&oci["created"], &json!("2001-09-09T01:46:40Z"))?;
    for (label, value) in [
        ("title", env!("CARGO_PKG_NAME")),
        ("description", env!("CARGO_PKG_DESCRIPTION")),
        ("licenses", env!("CARGO_PKG_LICENSE")),
        ("version", env!("CARGO_PKG_VERSION")),
        ("revision", REVISION),
    ] {
        expect(&config["Labels"][format!("org.opencontainers.image.{label}")], &json!(value))?;
    }
    Ok(())
}

pub(crate) fn reproducible(image: &Image) -> Result<()> {
    let again = image.again()?;
    let layers = "/OCIv1/rootfs/diff_ids";
    ensure!(image.inspected.pointer(layers).and_then(Value::as_array).is_some_and(|it| it.len() == 1));
    for part in [layers, "/FromImageID", "/FromImageDigest"] {
        let (first, second) = (image.inspected.pointer(part), again.inspected.pointer(part));
        ensure!(first.is_some() && first == second, "{part}: {first:?}, then {second:?}");
    }
    Ok(())
}

fn expect(found: &Value, wanted: &Value) -> Result<()> {
    ensure!(found == wanted, "{found} instead of {wanted}");
    Ok(())
}
