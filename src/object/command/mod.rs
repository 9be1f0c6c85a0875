//! What a command line runs, as far as its text tells: probes and hooks often are a line of shell.

pub mod client;

use super::lens::{List, Text};

/// The commands of an `exec` action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// Every command with its arguments, quotes taken off. What a variable holds is not known: `$` stays as
    /// written.
    pub commands: Vec<Vec<String>>,
    /// Whether all commands run, one after the other: no condition, loop, pipe or background job.
    pub is_straight: bool,
}

/// Programs that take a script after `-c`.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "ksh", "zsh"];

/// Words that begin something other than a plain command.
const KEYWORDS: [&str; 14] =
    ["if", "then", "elif", "else", "fi", "while", "until", "for", "do", "done", "case", "function", "{", "!"];

/// Words in front of a command that change how it is run, not what is run.
const PREFIXES: [&str; 4] = ["exec", "command", "env", "nohup"];

impl CommandLine {
    /// Reads the argument vector of an `exec` action.
    pub fn of(argv: List<'_, Text<'_>>) -> Self {
        Self::of_words(&argv.iter().map(|word| *word).collect::<Vec<_>>())
    }

    /// Reads an argument vector, such as `command` and `args` of a container together.
    pub fn of_words(words: &[&str]) -> Self {
        if let Some((_, script)) = script(words) {
            return Self::of_script(script);
        }
        let command = words.iter().map(|word| (*word).to_owned()).collect();
        Self { commands: vec![command], is_straight: true }
    }

    /// Every command as the name of its program, without the path, and its arguments.
    pub fn programs(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.commands.iter().filter_map(|words| {
            let ignored = |word: &&String| {
                PREFIXES.contains(&word.as_str()) || KEYWORDS.contains(&word.as_str()) || is_assignment(word)
            };
            let start = words.iter().take_while(ignored).count();
            let (program, arguments) = words[start..].split_first()?;
            Some((basename(program), arguments))
        })
    }

    /// Whether one of the commands takes the place of the shell that reads it: `exec PROGRAM`.
    pub fn replaces_shell(&self) -> bool {
        self.commands.iter().any(|words| {
            let mut words = words.iter().skip_while(|word| KEYWORDS.contains(&word.as_str()));
            // Without a program it redirects what the shell reads and writes.
            words.next().is_some_and(|word| word == "exec")
                && words.next().is_some_and(|word| !word.contains(['<', '>']))
        })
    }

    fn of_script(script: &str) -> Self {
        let mut reader =
            Reader { line: Self { commands: Vec::new(), is_straight: true }, ..Reader::default() };
        let mut before = ' ';
        let mut chars = script.chars().peekable();
        while let Some(char) = chars.next() {
            match (reader.quote, char) {
                (Some(quote), _) if char == quote => reader.quote = None,
                (Some('"') | None, '\\') => match chars.next() {
                    // The line goes on.
                    Some('\n') => {}
                    char => reader.push(char.unwrap_or('\\')),
                },
                (None, '\'' | '"') => reader.open(char),
                (None, '#') if reader.word.is_none() => {
                    chars.by_ref().find(|char| *char == '\n');
                    reader.end_command();
                }
                (None, ';' | '\n') => reader.end_command(),
                (None, '&') if before == '>' => reader.push(char),
                (None, '&') if chars.next_if_eq(&'&').is_some() => reader.end_command(),
                (None, '|' | '&' | '(' | ')' | '`') => {
                    reader.line.is_straight = false;
                    reader.end_command();
                }
                (None, _) if char.is_whitespace() => reader.end_word(),
                _ => reader.push(char),
            }
            before = char;
        }
        reader.end_command();
        let mut line = reader.line;
        line.is_straight &= !line.commands.iter().flatten().any(|word| KEYWORDS.contains(&word.as_str()));
        line
    }
}

/// The state between two characters of a script.
#[derive(Default)]
struct Reader {
    line: CommandLine,
    command: Vec<String>,
    word: Option<String>,
    quote: Option<char>,
}

impl Reader {
    fn push(&mut self, char: char) {
        self.word.get_or_insert_default().push(char);
    }

    fn open(&mut self, quote: char) {
        self.quote = Some(quote);
        self.word.get_or_insert_default();
    }

    fn end_word(&mut self) {
        self.command.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.command.is_empty() {
            self.line.commands.push(std::mem::take(&mut self.command));
        }
    }
}

/// The shell that an argument vector starts, and the script that it is given: `bash -eo pipefail -c SCRIPT NAME`.
pub fn script<'a>(words: &[&'a str]) -> Option<(&'a str, &'a str)> {
    let (shell, rest) = words.split_first()?;
    let shell = shell_name(shell)?;
    let mut takes_script = false;
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let Some(options) = word.strip_prefix(['-', '+']) else {
            return takes_script.then_some((shell, word));
        };
        if options.starts_with('-') {
            continue;
        }
        takes_script |= options.contains('c');
        // The name of an option is its value: `-o pipefail`.
        if options.contains(['o', 'O']) {
            rest.next();
        }
    }
    None
}

/// What `timeout -k 1 5 PROGRAM` runs; any other program is what it is.
pub fn under_timeout<'a>(program: &'a str, arguments: &'a [String]) -> Option<(&'a str, &'a [String])> {
    const WITH_VALUE: [&str; 4] = ["-k", "--kill-after", "-s", "--signal"];
    if program != "timeout" {
        return Some((program, arguments));
    }
    let mut place = 0;
    while let Some(option) = arguments.get(place).filter(|it| it.starts_with('-')) {
        place += if WITH_VALUE.contains(&option.as_str()) { 2 } else { 1 };
    }
    // The first word that is no option says how long.
    let (program, arguments) = arguments.get(place + 1..)?.split_first()?;
    Some((basename(program), arguments))
}

/// The name of a shell, if a program is one.
pub fn shell_name(program: &str) -> Option<&str> {
    Some(basename(program)).filter(|name| SHELLS.contains(name))
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

fn basename(program: &str) -> &str {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_scripts_apart() {
        for (script, commands, is_straight) in [
            ("sleep 5", vec!["sleep 5"], true),
            ("sleep 5; nginx -s quit && sleep '1 0'", vec!["sleep 5", "nginx -s quit", "sleep 1 0"], true),
            ("echo a\\;b \"c d\"\n", vec!["echo a;b c d"], true),
            ("nc -z db 5432 >/dev/null 2>&1", vec!["nc -z db 5432 >/dev/null 2>&1"], true),
            ("java \\\n  -Xmx1g \\\n-jar 'a\\b'", vec!["java -Xmx1g -jar a\\b"], true),
            ("a || b", vec!["a", "b"], false),
            ("sleep 5 & b", vec!["sleep 5", "b"], false),
            ("if x; then sleep 5; fi", vec!["if x", "then sleep 5", "fi"], false),
            ("echo \"$(date)\"", vec!["echo $(date)"], true),
            ("'", vec![""], true),
            ("", vec![], true),
        ] {
            let line = CommandLine::of_script(script);
            let found: Vec<_> = line.commands.iter().map(|words| words.join(" ")).collect();
            assert_eq!(
                (found, line.is_straight),
                (commands.iter().map(ToString::to_string).collect(), is_straight),
                "{script}"
            );
        }
    }

    #[test]
    fn finds_the_script() {
        for (words, expected) in [
            (&["sh", "-c", "a"][..], Some(("sh", "a"))),
            (&["/bin/bash", "-ec", "a", "name", "b"], Some(("bash", "a"))),
            (&["bash", "-ceuo", "pipefail", "a"], Some(("bash", "a"))),
            (&["bash", "-o", "pipefail", "-c", "a"], Some(("bash", "a"))),
            (&["sh", "-c", "-x", "--", "a"], Some(("sh", "a"))),
            (&["bash", "--norc", "-m", "-c", "a"], Some(("bash", "a"))),
            (&["sh", "a.sh", "-c", "b"], None),
            (&["sh", "-c"], None),
            (&["python", "-c", "a"], None),
            (&[], None),
        ] {
            assert_eq!(script(words), expected, "{words:?}");
        }
    }

    #[test]
    fn tells_what_takes_the_place_of_the_shell() {
        for (script, expected) in [
            ("exec nginx", true),
            ("set -e\nexec nginx -g 'daemon off;'", true),
            ("if x; then exec a; else exec b; fi", true),
            ("# don't\nexec a", true),
            ("exec 2>&1; nginx", false),
            ("exec > log", false),
            ("# exec a", false),
            ("echo exec a", false),
            ("nginx", false),
        ] {
            assert_eq!(CommandLine::of_script(script).replaces_shell(), expected, "{script}");
        }
    }

    #[test]
    fn finds_the_program() {
        let line = CommandLine::of_script("exec env A=1 /usr/bin/psql -h db; ! nc x 1");
        let programs: Vec<_> = line.programs().map(|(program, _)| program).collect();
        assert_eq!(programs, ["psql", "nc"]);
    }
}
