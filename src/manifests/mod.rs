//! Files, directories and standard input into objects.
//!
//! Everything is read, and every error kept, before anything is judged: the objects of one run are also what
//! is known about each other.

mod check;
mod files;
mod roots;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::tree::document::{self, Claim, Document, ReadError};
use crate::tree::positions::{Position, Positions};
use crate::tree::{NodeId, Tree};
pub use check::{Checked, ManifestFacts, check};
use roots::Found;
pub use roots::Root;

/// What the documents of one run may take in memory, in bytes.
const MAX_HELD: usize = 2 * 1024 * 1024 * 1024;

/// What standard input is called where the names of files stand.
const STDIN: &str = "stdin";

/// What could not be read; the message starts with the file, and the position in it.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file or directory cannot be opened or read.
    #[error("{source_name}: {error}")]
    Unreadable {
        /// Name of the file or directory.
        source_name: Arc<str>,
        /// Why.
        error: io::Error,
    },
    /// A directory without manifests: a check of nothing would pass.
    #[error("{source_name}: no *.yaml, *.yml or *.json file in this directory or below")]
    Empty {
        /// Name of the directory.
        source_name: Arc<str>,
    },
    /// More than 64 MiB.
    #[error("{source_name}: larger than {} MiB: split it", files::MAX_FILE / (1024 * 1024))]
    TooLarge {
        /// Name of the file.
        source_name: Arc<str>,
    },
    /// Not UTF-8.
    #[error("{source_name}:{line}: not UTF-8 text: save it in that encoding")]
    NotUtf8 {
        /// Name of the file.
        source_name: Arc<str>,
        /// The first line that is not, counted from 1.
        line: usize,
    },
    /// A document that is neither YAML nor JSON, or one that readers disagree on.
    #[error("{source_name}:{}: {error}", error.position())]
    Document {
        /// Name of the file.
        source_name: Arc<str>,
        /// What is wrong, and where.
        error: ReadError,
    },
    /// The objects of all files together take too much memory.
    #[error(
        "{source_name}: not read to its end, all manifests together are too large: check fewer at a time"
    )]
    TooMany {
        /// Name of the file at which reading ended.
        source_name: Arc<str>,
    },
}

/// A document with at least one object.
#[derive(Debug)]
pub struct Manifest {
    source: Arc<str>,
    document: Document,
    /// Each object, and the node that its type stands at.
    roots: Vec<(NodeId, NodeId)>,
}

impl Manifest {
    /// Name of the file, as it was reached from the command line.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// The whole document.
    pub fn tree(&self) -> &Tree {
        &self.document.tree
    }

    /// Where the nodes of the document stand in the file.
    pub fn positions(&self) -> &Positions {
        &self.document.positions
    }

    /// The objects in the document: its root, or the items of a `List`.
    pub fn roots(&self) -> impl Iterator<Item = Root<'_>> {
        let tree = &self.document.tree;
        self.roots.iter().filter_map(|&(node, typed)| Root::new(tree.node(node)?, tree.node(typed)?))
    }
}

/// A document, or an item of a list, that is no Kubernetes object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Name of the file.
    pub source: Arc<str>,
    /// Where it starts.
    pub position: Position,
}

/// All objects of one run.
#[derive(Debug, Default)]
pub struct ManifestSet {
    manifests: Vec<Manifest>,
    errors: Vec<ManifestError>,
    skipped: Vec<Skipped>,
    held: usize,
}

impl ManifestSet {
    /// Reads files, directories and, for `-`, standard input, in this order.
    pub fn read(paths: &[PathBuf], stdin: &mut dyn Read) -> Self {
        let mut set = Self::default();
        for path in paths {
            if path.as_os_str() == "-" {
                set.add_reader(&STDIN.into(), Claim::Yaml, stdin);
            } else {
                set.add_path(path);
            }
        }
        set
    }

    /// Every object with the document it stands in, in the order of the command line.
    pub fn objects(&self) -> impl Iterator<Item = (&Manifest, Root<'_>)> {
        self.manifests.iter().flat_map(|manifest| manifest.roots().map(move |root| (manifest, root)))
    }

    /// What could not be read.
    pub fn errors(&self) -> &[ManifestError] {
        &self.errors
    }

    /// What was read and is no Kubernetes object.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    fn add_path(&mut self, path: &Path) {
        let found = files::find(path);
        if found.is_empty() {
            self.errors.push(ManifestError::Empty { source_name: name(path) });
        }
        for file in found {
            let opened = file.and_then(|path| match File::open(&path) {
                Ok(file) => Ok((path, file)),
                Err(error) => Err((path, error)),
            });
            match opened {
                Ok((path, mut file)) => {
                    let is_json = path.extension().is_some_and(|it| it == "json");
                    let claim = if is_json { Claim::Json } else { Claim::Yaml };
                    self.add_reader(&name(&path), claim, &mut file);
                }
                Err((path, error)) => {
                    self.errors.push(ManifestError::Unreadable { source_name: name(&path), error });
                }
            }
        }
    }

    fn add_reader(&mut self, source: &Arc<str>, claim: Claim, reader: &mut dyn Read) {
        if self.held > MAX_HELD {
            return;
        }
        let source_name = Arc::clone(source);
        let error = match files::read_all(reader) {
            Ok(Some(bytes)) => match std::str::from_utf8(&bytes) {
                Ok(text) => return self.add_text(source, claim, text),
                Err(error) => {
                    let line = bytes[..error.valid_up_to()].split(|&b| b == b'\n').count();
                    ManifestError::NotUtf8 { source_name, line }
                }
            },
            Ok(None) => ManifestError::TooLarge { source_name },
            Err(error) => ManifestError::Unreadable { source_name, error },
        };
        self.errors.push(error);
    }

    fn add_text(&mut self, source: &Arc<str>, claim: Claim, text: &str) {
        for document in document::read(text, claim) {
            let source_name = Arc::clone(source);
            match document {
                Ok(document) => self.add_document(source, document),
                Err(error) => self.errors.push(ManifestError::Document { source_name, error }),
            }
            if self.held > MAX_HELD {
                return self.errors.push(ManifestError::TooMany { source_name: Arc::clone(source) });
            }
        }
    }

    fn add_document(&mut self, source: &Arc<str>, document: Document) {
        let mut found = Vec::new();
        if let Some(root) = document.tree.root() {
            roots::each(root, &mut |root| match root {
                Found::Object(node, typed) => found.push((node.id(), typed.id())),
                Found::Other(node) => {
                    let position = document.positions.of(node);
                    self.skipped.push(Skipped { source: Arc::clone(source), position });
                }
            });
        }
        if !found.is_empty() {
            self.held += document.tree.heap_size() + document.positions.heap_size();
            self.manifests.push(Manifest { source: Arc::clone(source), document, roots: found });
        }
    }
}

fn name(path: &Path) -> Arc<str> {
    path.to_string_lossy().into()
}
