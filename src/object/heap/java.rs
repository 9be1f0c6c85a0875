//! The heap of the JVM.
//!
//! It reads `JAVA_TOOL_OPTIONS`, then its command line, in front of which the launcher puts `JDK_JAVA_OPTIONS`, then
//! `_JAVA_OPTIONS`: of two settings the later one counts, and a size counts before a percentage.

use super::environment::{Environment, OF_SCRIPTS};
use super::size::{jvm, percentage};
use super::{Heap, Line, Memory, Size};
use crate::object::Place;

/// Options of the launcher that have a value of their own.
const WITH_VALUE: [&str; 8] = [
    "-cp",
    "-classpath",
    "--class-path",
    "-p",
    "--module-path",
    "--add-modules",
    "--add-opens",
    "--add-exports",
];

/// What ends the options: everything behind it is for the program.
const LAST: [&str; 3] = ["-jar", "-m", "--module"];

/// How many variables on a command line are looked into: it must not cost more than its length.
const REFERENCES: usize = 16;

/// A setting as it is written. The size is `None` if that is not known, the place if it is on the command line.
struct Setting<'a, 't> {
    place: Option<Place<'t>>,
    text: &'a str,
    size: Option<Size>,
}

/// The settings of the heap that have been read so far.
#[derive(Default)]
struct Settings<'a, 't> {
    size: Option<Setting<'a, 't>>,
    percentage: Option<Setting<'a, 't>>,
    /// How many variables on the command line have been looked into.
    references: usize,
}

/// What the JVM in a container would take for the size of its heap.
pub(super) fn heap<'t>(environment: &Environment<'t>, line: &Line<'t>) -> Option<Heap<'t>> {
    let mut settings = Settings::default();
    settings.take_all(environment, "JAVA_TOOL_OPTIONS");
    settings.take_all(environment, "JDK_JAVA_OPTIONS");
    if !settings.take_launchers(environment, line) {
        // A script starts Java, or the image does it its own way.
        for name in OF_SCRIPTS {
            settings.take_all(environment, name);
        }
    }
    settings.take_all(environment, "_JAVA_OPTIONS");
    let Setting { place, text, size } = settings.size.or(settings.percentage)?;
    let place = place.or_else(|| line.place(text))?;
    Some(Heap { place, setting: text.to_owned(), size: size?, of: Memory::Heap })
}

impl<'a, 't: 'a> Settings<'a, 't> {
    fn take_all(&mut self, environment: &Environment<'t>, name: &str) {
        environment.words(name).for_each(|(place, word)| self.take(Some(place), word));
    }

    /// Takes what stands on command lines that start Java; whether there is one.
    fn take_launchers(&mut self, environment: &Environment<'t>, line: &'a Line<'t>) -> bool {
        let mut is_started = false;
        for words in line.behind(&["java"]) {
            is_started = true;
            self.take_options(environment, words);
        }
        // Without `command` these may be arguments to Java: they are if they say what it runs.
        let arguments = line.commands.commands.first().filter(|_| line.is_of_image && !is_started);
        let says_what =
            |word: &String| LAST.contains(&word.as_str()) || WITH_VALUE[..3].contains(&word.as_str());
        if let Some(words) = arguments.filter(|words| words.iter().any(says_what)) {
            is_started = true;
            self.take_options(environment, words);
        }
        is_started
    }

    fn take_options(&mut self, environment: &Environment<'t>, words: &'a [String]) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if WITH_VALUE.contains(&word.as_str()) {
                words.next();
            } else if let Some(name) = Environment::referred_to(word) {
                self.references += 1;
                if self.references <= REFERENCES {
                    self.take_all(environment, name);
                }
            } else if LAST.contains(&word.as_str()) || !word.starts_with(['-', '@']) {
                return;
            } else {
                self.take(None, word);
            }
        }
    }

    fn take(&mut self, place: Option<Place<'t>>, text: &'a str) {
        let size = text.strip_prefix("-Xmx").or_else(|| text.strip_prefix("-XX:MaxHeapSize="));
        if let Some(size) = size {
            self.size = Some(Setting { place, text, size: jvm(size) });
        } else if let Some(share) = text.strip_prefix("-XX:MaxRAMPercentage=") {
            self.percentage = Some(Setting { place, text, size: percentage(share) });
        }
    }
}
