//! What policies report.

use std::fmt::{self, Write as _};

use super::facts::Unknown;
use super::fix::Fix;
use crate::object::{Place, push_absent};
use crate::tree::path::FieldPath;
use crate::tree::{Node, NodeId, ROOT};

/// One thing that is wrong, at one place of the object under review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) node: NodeId,
    /// The path of the place, and what is wrong there: one text, because most of what a finding costs is memory.
    text: String,
    /// Bytes of the path, and of its end those that lead to a field that is missing below the node.
    path: usize,
    absent: usize,
    /// How bad it is, for policies that can tell worse from bad; larger is worse.
    pub magnitude: Option<i64>,
    /// It may pass with the rest of what is being applied: what to say of that.
    pub(crate) passing: Option<&'static str>,
    /// What mends it, all of it together; empty where that is for the author to decide.
    pub(crate) fixes: Vec<Fix>,
}

/// Bytes that hold nearly every path with its message: growing step by step would cost more than writing them.
const USUAL: usize = 192;

impl Finding {
    /// A finding at a node, with its path.
    pub(crate) fn new(node: NodeId, path: &str, message: &str) -> Self {
        Self::of_text(node, [path, message].concat(), path.len(), 0)
    }

    fn of_text(node: NodeId, text: String, path: usize, absent: usize) -> Self {
        Self { node, text, path, absent, magnitude: None, passing: None, fixes: Vec::new() }
    }

    /// The field, as the API server prints paths.
    pub fn path(&self) -> &str {
        &self.text[..self.path]
    }

    /// What is wrong: lower case, no full stop, values in backticks, never a secret.
    pub fn message(&self) -> &str {
        &self.text[self.path..]
    }

    /// The path with elements of lists named by their keys, so that it is the same in another version of the object.
    pub(crate) fn path_by(&self, path: &FieldPath<'_>) -> String {
        let mut text = path.to_string();
        push_absent(&mut text, &self.text[self.path - self.absent..self.path]);
        text
    }

    /// Says something more of it.
    pub(crate) fn remark(&mut self, remark: &str) {
        self.text.push_str(": ");
        self.text.push_str(remark);
    }

    /// Says how it is mended, where there is only one way. Several changes belong together.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fixes.push(fix);
        self
    }

    /// Says that it is about an object that is not there. At creation it may only come later, with the rest of what is
    /// being applied: such a finding warns at most then, and says so.
    pub fn awaited(&mut self) -> &mut Self {
        self.passing("not seen yet")
    }

    /// Says that it may pass with the rest of what is being applied, and with what: something that takes the place of
    /// another is often written before that is removed. At creation it warns at most, and says so.
    pub fn passing(&mut self, with: &'static str) -> &mut Self {
        self.passing = Some(with);
        self
    }

    /// Says how bad it is, so that an update that makes it worse is told from one that leaves it as it was.
    pub fn magnitude(&mut self, magnitude: i64) {
        self.magnitude = Some(magnitude);
    }
}

/// How many findings of one policy in one object are kept: whoever wrote more does not need them listed, and an object
/// made of violations must not cost more than its size.
const KEPT: usize = 500;

/// How many bytes of what they say, for keys may be long, and each path below one has it again.
const KEPT_TEXT: usize = 1 << 20;

/// What a policy says of a finding: it is written where the finding keeps it.
pub trait Message {
    /// Appends it.
    fn write(&self, text: &mut String);
}

impl Message for &str {
    fn write(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl Message for String {
    fn write(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl Message for fmt::Arguments<'_> {
    fn write(&self, text: &mut String) {
        // Writing into a string cannot fail.
        let _ = text.write_fmt(*self);
    }
}

/// Where a policy puts what it finds.
#[derive(Debug)]
pub struct Findings {
    /// Where paths begin.
    root: NodeId,
    /// The node of the last finding, and its path: policies that follow each other look at the same fields.
    last: (Option<NodeId>, String),
    pub(crate) found: Vec<Finding>,
    /// The first fact that the policy asked for and nobody knows.
    pub(crate) unknown: Option<Unknown>,
    /// How many findings there were beyond those kept.
    pub(crate) cut: usize,
    /// Bytes of the texts of those kept.
    text: usize,
    /// Takes the place of a finding that is not kept.
    spare: Option<Finding>,
}

impl Findings {
    /// Nothing found in the object with this root.
    pub(crate) fn of(root: Option<Node<'_>>) -> Self {
        let root = root.map_or(ROOT, Node::id);
        let last = (None, String::new());
        Self { root, last, found: Vec::new(), unknown: None, cut: 0, text: 0, spare: None }
    }

    /// Reports that something is wrong at a place: a lens, a value, or a field that is missing.
    #[expect(clippy::needless_pass_by_value, reason = "messages are made where they are handed in")]
    pub fn report<'t>(&mut self, place: impl Into<Place<'t>>, message: impl Message) -> &mut Finding {
        self.add(place.into(), &message)
    }

    /// Apart, and out of the way of what finds nothing: hundreds of policies report, and hardly any does.
    #[cold]
    fn add(&mut self, place: Place<'_>, message: &dyn Message) -> &mut Finding {
        let node = place.node().id();
        if self.found.len() >= KEPT || self.text >= KEPT_TEXT {
            self.cut += 1;
            return self.spare.insert(Finding::of_text(node, String::new(), 0, 0));
        }
        let (last, base) = &mut self.last;
        if *last != Some(node) {
            base.clear();
            base.reserve(USUAL);
            // Writing into a string cannot fail.
            let _ = FieldPath::below_id(self.root, place.node()).write(base);
            *last = Some(node);
        }
        let mut text = String::with_capacity(USUAL);
        text.push_str(base);
        push_absent(&mut text, place.absent_path());
        let path = text.len();
        message.write(&mut text);
        let finding = Finding::of_text(node, text, path, place.absent_path().len());
        self.text += finding.text.len();
        // `Vec::push` returns nothing yet; the element just pushed is the last one.
        let index = self.found.len();
        self.found.push(finding);
        &mut self.found[index]
    }

    /// Unwraps a fact; one that is not known makes the policy *not evaluated* for this subject.
    pub fn known<T>(&mut self, fact: Result<T, Unknown>) -> Option<T> {
        match fact {
            Ok(known) => Some(known),
            Err(unknown) => {
                self.unknown.get_or_insert(unknown);
                None
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        self.last.0 = None;
        self.unknown = None;
        self.begin();
    }

    /// Makes room for what the next policy finds.
    pub(crate) fn begin(&mut self) {
        self.found.clear();
        (self.cut, self.text) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::json;

    #[test]
    fn what_is_kept_is_bounded_in_number_and_in_size() {
        for (key, count, kept) in [(10, 400, 400), (10, 600, KEPT), (100_000, 600, 11)] {
            let entries = vec!["1"; count].join(",");
            let tree = json::read(format!(r#"{{"{}":[{entries}]}}"#, "k".repeat(key)).as_bytes()).unwrap();
            let root = tree.root().unwrap();
            let mut out = Findings::of(Some(root));
            for entry in root.children().flat_map(Node::children) {
                out.report(entry, "is wrong").magnitude(1);
            }
            assert_eq!((out.found.len(), out.cut), (kept, count - kept), "{key} {count}");
            assert!(out.found[0].path().ends_with("k[0]") && out.found[0].message() == "is wrong");
        }
    }
}
