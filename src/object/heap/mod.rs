//! How much memory the runtimes in a container are told to use, as far as its text tells: the heaps of the JVM and of
//! Node.js, and the memory limit of Go.
//!
//! What is not written out is not known: values from elsewhere, variables, files of options. Of several settings the
//! one counts that the runtime would take.

mod environment;
mod java;
mod size;

use super::command::CommandLine;
use super::pod::PodContainer;
use super::quantity::Quantity;
use super::{Place, Text};
use environment::Environment;
use size::{go, is_old_space, mebibytes};

/// What a runtime is told to use.
pub struct Heap<'t> {
    /// Where it stands: the value of a variable, or a word of the command line.
    pub place: Place<'t>,
    /// The setting as it is written, without what stands around it.
    pub setting: String,
    /// How much it is.
    pub size: Size,
    /// What it is the size of.
    pub of: Memory,
}

/// An amount of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// So many bytes.
    Bytes(Quantity),
    /// A share of what the container may use, in per cent.
    Percent(Quantity),
}

/// What a runtime is told the size of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// The heap: code, stacks and buffers come on top.
    Heap,
    /// All that the runtime itself takes.
    Runtime,
}

/// What there is in a command line that says something about memory.
const FLAGS: [&str; 4] = ["-Xmx", "-XX:Max", "max-old-space", "max_old_space"];

/// What the runtimes of a container are told to use: hardly ever more than one of them.
pub fn of<'t>(container: &PodContainer<'t>) -> impl Iterator<Item = Heap<'t>> + use<'t> {
    let environment = Environment::of(container);
    let line = Line::of(container, environment.has_any());
    let java = java::heap(&environment, &line);
    let node = node(&environment, &line);
    [java, node, go_limit(&environment)].into_iter().flatten()
}

/// The command line of a container; empty unless something is said about memory, there or in the environment.
#[derive(Default)]
struct Line<'t> {
    argv: Vec<Text<'t>>,
    commands: CommandLine,
    /// Whether the image says what is run.
    is_of_image: bool,
}

impl<'t> Line<'t> {
    fn of(container: &PodContainer<'t>, is_wanted: bool) -> Self {
        let argv = || container.command().iter().chain(container.args().iter());
        let has_flag = |word: Text<'_>| FLAGS.iter().any(|flag| word.contains(flag));
        // Most have none, and need not be taken apart.
        if !is_wanted && !argv().any(has_flag) {
            return Self::default();
        }
        let words: Vec<_> = argv().map(|word| *word).collect();
        Self {
            argv: argv().collect(),
            commands: CommandLine::of_words(&words),
            is_of_image: container.command().is_empty(),
        }
    }

    /// The words behind a program, wherever it stands: `tini -- java` runs it too.
    fn behind<'a>(&'a self, programs: &'a [&str]) -> impl Iterator<Item = &'a [String]> {
        self.commands.commands.iter().filter_map(move |words| {
            let name = |word: &String| word.rsplit('/').next().is_some_and(|name| programs.contains(&name));
            words.iter().position(name).map(|place| &words[place + 1..])
        })
    }

    /// Where a flag stands that the line was found to have: the last place counts, as it does for the runtime.
    fn place(&self, flag: &str) -> Option<Place<'t>> {
        self.argv.iter().rev().find(|word| word.contains(flag)).map(|word| word.place())
    }
}

/// Node.js takes `NODE_OPTIONS` first, then what stands between `node` and the script.
fn node<'t>(environment: &Environment<'t>, line: &Line<'t>) -> Option<Heap<'t>> {
    let options = environment.words("NODE_OPTIONS").map(|(place, word)| (Some(place), word));
    let words = line.behind(&["node", "nodejs"]).flat_map(|words| {
        let is_option = |word: &&String| word.starts_with('-');
        words.iter().take_while(is_option).map(|word| (None, word.as_str()))
    });
    let (place, word) = options.chain(words).filter(|(_, word)| is_old_space(word)).last()?;
    let place = place.or_else(|| line.place(word))?;
    Some(Heap { place, setting: word.to_owned(), size: mebibytes(word)?, of: Memory::Heap })
}

fn go_limit<'t>(environment: &Environment<'t>) -> Option<Heap<'t>> {
    let value = environment.value("GOMEMLIMIT")?;
    let setting = format!("GOMEMLIMIT={}", *value);
    Some(Heap { place: value.place(), size: go(&value)?, setting, of: Memory::Runtime })
}

#[cfg(test)]
mod tests;
