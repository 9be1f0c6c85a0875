//! Files, directories and standard input into objects.
//!
//! Everything is read, and every error kept, before anything is judged: the objects of one run are also what
//! is known about each other.

mod check;
mod files;
mod fix;
mod roots;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::tree::document::{self, Claim, Document, ReadError};
use crate::tree::positions::{Position, Positions};
use crate::tree::{NodeId, Tree};
pub use check::{Checked, ManifestFacts, check, check_over, namespaces};
pub use fix::{Declined, Fixed, Reason, fix, rewrite};
use roots::Found;
pub use roots::Root;
pub use write::{WriteError, write};

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

/// A text that was read, and is kept to be edited.
#[derive(Debug)]
pub struct Source {
    /// What it is called where findings are reported.
    pub name: Arc<str>,
    /// Its file; `None` for standard input.
    pub path: Option<PathBuf>,
    /// The text.
    pub text: String,
    claim: Claim,
}

/// A document with at least one object.
#[derive(Debug)]
pub struct Manifest {
    source: Arc<str>,
    /// Which of the texts of the set it stands in, and which of its documents it is.
    at: (usize, usize),
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
    manifests: Vec<Arc<Manifest>>,
    /// The texts; only of a set that is read to be fixed.
    sources: Vec<Arc<Source>>,
    keeps_sources: bool,
    /// Files that have been read, by whatever name.
    files: HashSet<PathBuf>,
    /// How many texts have been read.
    read: usize,
    errors: Vec<ManifestError>,
    skipped: Vec<Skipped>,
    held: usize,
}

impl ManifestSet {
    /// Reads files, directories and, for `-`, standard input, in this order.
    pub fn read(paths: &[PathBuf], stdin: &mut dyn Read) -> Self {
        Self::default().and_read(paths, stdin)
    }

    /// The same, with each file once, and its text kept.
    pub fn read_to_fix(paths: &[PathBuf], stdin: &mut dyn Read) -> Self {
        Self { keeps_sources: true, ..Self::default() }.and_read(paths, stdin)
    }

    fn and_read(mut self, paths: &[PathBuf], stdin: &mut dyn Read) -> Self {
        for path in paths {
            if path.as_os_str() == "-" {
                self.add_reader(&STDIN.into(), None, stdin);
            } else {
                self.add_path(path);
            }
        }
        self
    }

    /// The set with other texts in some places, by their position among the sources.
    fn with(&self, mut texts: HashMap<usize, String>) -> Self {
        let mut set = Self { keeps_sources: true, ..Self::default() };
        let mut manifests = self.manifests.iter().peekable();
        let mut skipped = self.skipped.iter().peekable();
        for (index, source) in self.sources.iter().enumerate() {
            let kept = std::iter::from_fn(|| manifests.next_if(|it| it.at.0 == index)).map(Arc::clone);
            let left_out = std::iter::from_fn(|| skipped.next_if(|it| Arc::ptr_eq(&it.source, &source.name)));
            let (kept, left_out): (Vec<_>, Vec<_>) = (kept.collect(), left_out.cloned().collect());
            if let Some(text) = texts.remove(&index) {
                let (name, path) = (Arc::clone(&source.name), source.path.clone());
                set.add_text(Source { name, path, text, claim: source.claim });
                continue;
            }
            set.manifests.extend(kept);
            set.skipped.extend(left_out);
            set.sources.push(Arc::clone(source));
            set.read += 1;
        }
        set
    }

    /// The texts of a set that was read to be fixed.
    pub fn sources(&self) -> &[Arc<Source>] {
        &self.sources
    }

    /// Every object with the document it stands in, in the order of the command line.
    pub fn objects(&self) -> impl Iterator<Item = (&Manifest, Root<'_>)> {
        let manifests = self.manifests.iter().map(Arc::as_ref);
        manifests.flat_map(|manifest| manifest.roots().map(move |root| (manifest, root)))
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
            let canonical = file.as_ref().ok().and_then(|path| path.canonicalize().ok());
            if self.keeps_sources && canonical.is_some_and(|path| !self.files.insert(path)) {
                continue;
            }
            let opened = file.and_then(|path| match File::open(&path) {
                Ok(file) => Ok((path, file)),
                Err(error) => Err((path, error)),
            });
            match opened {
                Ok((path, mut file)) => self.add_reader(&name(&path), Some(path), &mut file),
                Err((path, error)) => {
                    self.errors.push(ManifestError::Unreadable { source_name: name(&path), error });
                }
            }
        }
    }

    fn add_reader(&mut self, source: &Arc<str>, path: Option<PathBuf>, reader: &mut dyn Read) {
        if self.held > MAX_HELD {
            return;
        }
        let name = Arc::clone(source);
        let source_name = Arc::clone(source);
        let is_json = path.as_ref().and_then(|path| path.extension()).is_some_and(|it| it == "json");
        let claim = if is_json { Claim::Json } else { Claim::Yaml };
        let error = match files::read_all(reader) {
            Ok(Some(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => return self.add_text(Source { name, path, text, claim }),
                Err(error) => {
                    let valid = error.utf8_error().valid_up_to();
                    let line = error.as_bytes()[..valid].split(|&b| b == b'\n').count();
                    ManifestError::NotUtf8 { source_name, line }
                }
            },
            Ok(None) => ManifestError::TooLarge { source_name },
            Err(error) => ManifestError::Unreadable { source_name, error },
        };
        self.errors.push(error);
    }

    fn add_text(&mut self, source: Source) {
        for (position, document) in document::read(&source.text, source.claim).enumerate() {
            let source_name = Arc::clone(&source.name);
            match document {
                Ok(document) => self.add_document(&source.name, (self.read, position), document),
                Err(error) => self.errors.push(ManifestError::Document { source_name, error }),
            }
            if self.held > MAX_HELD {
                self.errors.push(ManifestError::TooMany { source_name: Arc::clone(&source.name) });
                break;
            }
        }
        self.read += 1;
        if self.keeps_sources {
            self.held += source.text.len();
            self.sources.push(Arc::new(source));
        }
    }

    fn add_document(&mut self, source: &Arc<str>, at: (usize, usize), document: Document) {
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
            let source = Arc::clone(source);
            self.manifests.push(Arc::new(Manifest { source, at, document, roots: found }));
        }
    }
}

fn name(path: &Path) -> Arc<str> {
    path.to_string_lossy().into()
}
