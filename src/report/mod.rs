//! Verdicts for readers: text, JSON lines, pages. Pure renderers, a file each.

pub mod baseline;
pub mod diff;
pub mod exceptions;
pub mod json;
pub mod policy_page;
pub mod text;
pub mod yaml;

use std::fmt::{self, Write as _};

use serde::Serialize;

use crate::modes::{Mode, Upcoming};
use crate::policy::Severity;
use crate::tree::positions::Position;

/// A finding as every format shows it.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    /// Where it stands in a file; `None` for an object of a cluster.
    pub at: Option<At<'a>>,
    /// The object that it was found in.
    pub object: ObjectId<'a>,
    /// The policy's code.
    pub code: &'a str,
    /// The policy's name.
    pub name: &'a str,
    /// How bad the defect is.
    pub severity: Severity,
    /// What the mode table makes of it.
    pub mode: Mode,
    /// The stricter mode that it will have later, if that is known.
    pub upcoming: Option<Upcoming>,
    /// The field.
    pub path: &'a str,
    /// The field, with elements of lists named by their keys.
    pub place: String,
    /// What is wrong.
    pub message: &'a str,
    /// What mends it, as a JSON Patch of the object.
    pub fix: Option<serde_json::Value>,
    /// An earlier report has it, so that it does not count.
    pub known: bool,
}

/// A place in a file.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The file, or `stdin`.
    pub file: &'a str,
    /// Where in the file.
    pub position: Position,
}

/// What an object is called.
#[derive(Clone, Copy, Debug)]
pub struct ObjectId<'a> {
    /// `apiVersion`.
    pub api_version: &'a str,
    /// `kind`.
    pub kind: &'a str,
    /// The namespace, if it has one.
    pub namespace: Option<&'a str>,
    /// The name, if it has one.
    pub name: Option<&'a str>,
}

impl fmt::Display for ObjectId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if let Some(namespace) = self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(self.name.unwrap_or("(unnamed)"))
    }
}

/// A text of files or users as a terminal may show it: characters that would steer it are written out.
pub(crate) struct Plain<T>(pub(crate) T);

impl<T: fmt::Display> fmt::Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

/// Passes texts on with what does not print escaped.
struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| match char {
            '\'' | '"' | '\\' => self.0.write_char(char),
            char => write!(self.0, "{}", char.escape_debug()),
        })
    }
}

/// What a run comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Objects that were judged.
    pub objects: usize,
    /// Findings with mode `deny`, apart from known ones.
    pub deny: usize,
    /// Findings with mode `warn`, apart from known ones.
    pub warn: usize,
    /// Findings with mode `audit`, apart from known ones.
    pub audit: usize,
    /// Findings that the baseline has.
    pub known: usize,
    /// Findings of the baseline that are not there any longer.
    pub gone: usize,
    /// Times that a policy could not answer.
    pub not_evaluated: usize,
    /// Documents that are no Kubernetes objects.
    pub skipped: usize,
    /// What there is to say of a cluster besides; `None` for files.
    #[serde(flatten)]
    pub cluster: Option<OfCluster>,
}

/// What a run over a cluster comes to besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfCluster {
    /// Objects that were not judged, because the templates of their owners are.
    pub owned: usize,
    /// Kinds that could not be listed.
    pub unlisted: usize,
    /// Whether the run came to its end.
    pub complete: bool,
}

impl Totals {
    /// Counts one finding.
    pub fn count(&mut self, finding: &Finding<'_>) {
        match finding.mode {
            _ if finding.known => self.known += 1,
            Mode::Deny => self.deny += 1,
            Mode::Warn => self.warn += 1,
            Mode::Audit => self.audit += 1,
            Mode::Off => {}
        }
    }
}
