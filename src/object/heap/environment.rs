//! The variables by which runtimes are told things.

use crate::object::pod::PodContainer;
use crate::object::{Place, Text};

/// The variables that are read. `JAVA_OPTS` and those behind it mean something to scripts that start Java, not to
/// Java.
const NAMES: [&str; 8] = [
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "NODE_OPTIONS",
    "GOMEMLIMIT",
    "JAVA_OPTS",
    "CATALINA_OPTS",
    "ES_JAVA_OPTS",
];

/// Those of them that scripts hand to Java, in the order in which they do.
pub(super) const OF_SCRIPTS: [&str; 3] = ["JAVA_OPTS", "CATALINA_OPTS", "ES_JAVA_OPTS"];

/// What is written out for each of these variables.
pub(super) struct Environment<'t>([Option<Text<'t>>; NAMES.len()]);

impl<'t> Environment<'t> {
    pub(super) fn of(container: &PodContainer<'t>) -> Self {
        let mut values = [None; NAMES.len()];
        for variable in container.variables() {
            let Some(name) = variable.name() else { continue };
            // Of two with one name the last one counts, and what comes from elsewhere is not known.
            if let Some(place) = NAMES.iter().position(|it| *it == *name) {
                values[place] = variable.value();
            }
        }
        Self(values)
    }

    pub(super) fn value(&self, name: &str) -> Option<Text<'t>> {
        self.0[NAMES.iter().position(|it| *it == name)?]
    }

    /// The words of a value, quotes taken off.
    pub(super) fn words(&self, name: &str) -> impl Iterator<Item = (Place<'t>, &'t str)> {
        let value = self.value(name);
        let words =
            value.map_or("", |value| *value).split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        words.filter_map(move |word| Some((value?.place(), word)))
    }

    /// The variable that a word of a command line stands for, as Kubernetes or a shell would put it in.
    pub(super) fn referred_to(word: &str) -> Option<&str> {
        let name = word.strip_prefix('$')?;
        let inner = |open, close| name.strip_prefix(open)?.strip_suffix(close);
        Some(inner('{', '}').or_else(|| inner('(', ')')).unwrap_or(name))
    }

    /// Whether one of the variables has something to say.
    pub(super) fn has_any(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }
}
