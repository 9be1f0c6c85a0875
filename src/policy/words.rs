//! What a text must have in it that a regular expression matches.

use std::iter::Peekable;
use std::str::Chars;

/// Words of which every text has one, in any case, that one of some expressions matches.
///
/// Hardly any text has one, and that is found out without looking at most of its bytes: from the last two letters
/// of as many as the shortest word has it is known how many can be passed over (Wu and Manber, 1994).
#[derive(Clone, Debug)]
pub(super) struct Words {
    shortest: usize,
    skips: [u8; PAIRS],
    /// Whether an expression may match letters beyond ASCII for those within, as `(?i)` does.
    folds: bool,
}

/// Pairs of letters as they are told apart.
const PAIRS: usize = 1 << 10;

/// Words that are longer count as if they ended here, and what is shorter is in too many texts.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=32;

impl Words {
    /// The words of these expressions; `None` where one of them says too little.
    pub(super) fn of(expressions: &[String]) -> Option<Self> {
        let words = expressions.iter().map(|it| Reader(it.chars().peekable()).expression());
        let words: Vec<String> = words.collect::<Option<Vec<_>>>()?.concat();
        let shortest = Some(shortest(&words)).filter(|it| it >= LENGTHS.start())?.min(*LENGTHS.end());
        let mut skips = [u8::try_from(shortest - 1).ok()?; PAIRS];
        for (at, two) in words.iter().flat_map(|word| word.as_bytes()[..shortest].windows(2).enumerate()) {
            let skip = &mut skips[pair(two[0], two[1])];
            *skip = (*skip).min(u8::try_from(shortest - 2 - at).ok()?);
        }
        Some(Self { shortest, skips, folds: expressions.iter().any(|it| it.contains("(?")) })
    }

    /// Whether one of them may be in a text.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let mut end = self.shortest;
        while end <= text.len() {
            match self.skips[pair(text[end - 2], text[end - 1])] {
                0 => return true,
                skip => end += usize::from(skip),
            }
        }
        self.folds && !text.is_ascii()
    }
}

fn pair(one: u8, other: u8) -> usize {
    usize::from(one % 32) << 5 | usize::from(other % 32)
}

fn shortest(words: &[String]) -> usize {
    words.iter().map(String::len).min().unwrap_or(0)
}

/// Reads as much of an expression as it takes to know words of which one is in whatever it matches. The empty word
/// stands for knowing none; `None` is for what is not understood.
struct Reader<'e>(Peekable<Chars<'e>>);

impl Reader<'_> {
    fn expression(mut self) -> Option<Vec<String>> {
        let words = self.alternatives()?;
        self.0.next().is_none().then_some(words)
    }

    fn alternatives(&mut self) -> Option<Vec<String>> {
        let mut words = self.sequence()?;
        while self.0.next_if_eq(&'|').is_some() {
            words.extend(self.sequence()?);
        }
        Some(words)
    }

    /// The best of all that a sequence has to have.
    fn sequence(&mut self) -> Option<Vec<String>> {
        let mut run = vec![String::new()];
        let mut best = run.clone();
        while let Some(char) = self.0.next_if(|char| !matches!(char, '|' | ')')) {
            let mut letter = None;
            let mut inner = Vec::new();
            match char {
                '(' => inner = self.group()?,
                '[' => self.class()?,
                '\\' => match self.0.next()? {
                    'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'b' | 'B' | 'A' | 'z' | '<' | '>' => {}
                    char if char.is_ascii_punctuation() => letter = Some(char),
                    _ => return None,
                },
                '.' | '^' | '$' => {}
                char => letter = Some(char).filter(char::is_ascii),
            }
            let is_optional = self.is_optional();
            match letter.filter(|_| is_optional != Some(true)) {
                Some(letter) => run[0].push(letter),
                None => run[0].clear(),
            }
            for known in [&run, &inner] {
                if is_optional != Some(true) && shortest(known) > shortest(&best) {
                    best.clone_from(known);
                }
            }
            if is_optional.is_some() {
                run[0].clear();
            }
        }
        Some(best)
    }

    /// What is behind a `(`, up to the end of the group.
    fn group(&mut self) -> Option<Vec<String>> {
        if self.0.next_if_eq(&'?').is_some() {
            // `x` would give another meaning to white space.
            match self.0.find(|char| !matches!(char, 'i' | 'm' | 's' | '-'))? {
                ')' => return Some(Vec::new()),
                ':' => {}
                _ => return None,
            }
        }
        let words = self.alternatives()?;
        self.0.next_if_eq(&')').map(|_| words)
    }

    /// Passes over what is behind a `[`. One within another is not understood.
    fn class(&mut self) -> Option<()> {
        self.0.next_if_eq(&'^');
        let mut is_first = true;
        loop {
            match self.0.next()? {
                ']' if !is_first => return Some(()),
                '[' => return None,
                '\\' => drop(self.0.next()?),
                _ => {}
            }
            is_first = false;
        }
    }

    /// Passes over how often something may be there; `None` if it is there once, otherwise whether it may be missing.
    fn is_optional(&mut self) -> Option<bool> {
        let mut is_optional = None;
        while let Some(often) = self.0.next_if(|char| matches!(char, '?' | '*' | '+' | '{')) {
            if often == '{' {
                self.0.find(|char| *char == '}');
            }
            is_optional = Some(often != '+' || is_optional == Some(true));
        }
        is_optional
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_from_expressions() {
        for (expression, expected) in [
            (r"^prometheus\.io/scrape$", Some(&["prometheus.io/scrape"][..])),
            ("metrics|prometheus", Some(&["metrics", "prometheus"])),
            (r"(?i)(^|[._-])npmrc($|[._-])", Some(&["npmrc"])),
            (r"(?i)^(maven-)?settings(-security)?\.xml$", Some(&["settings"])),
            ("(nexus|artifactory)x?", Some(&["nexus", "artifactory"])),
            ("(?:abc|de)+fg", Some(&["abc", "de"])),
            ("(abc)?de", Some(&["de"])),
            ("(abc){0,1}de", Some(&["de"])),
            ("(abc|d*)ef", Some(&["ef"])),
            ("abcd?e", Some(&["abc"])),
            ("abc+de", Some(&["abc"])),
            ("abc+*de", Some(&["ab"])),
            ("a.bc", Some(&["bc"])),
            ("abéc", Some(&["ab"])),
            (r"ab\dcde", Some(&["cde"])),
            (r"[]a][^]b]cd", Some(&["cd"])),
            ("", Some(&[""])),
            ("abc|", Some(&["abc", ""])),
            ("a*", Some(&[""])),
            ("(?x)a b", None),
            ("(?P<a>b)", None),
            (r"\x41bc", None),
            (r"\p{Greek}bc", None),
            ("[[:alpha:]]bc", None),
        ] {
            let words = Reader(expression.chars().peekable()).expression();
            let expected = expected.map(|words| words.iter().map(|it| (*it).to_owned()).collect());
            assert_eq!(words, expected, "{expression}");
        }
    }

    #[test]
    fn what_has_a_word_is_never_ruled_out() {
        for (expressions, text, expected) in [
            (&["token$", "npmrc"][..], "CI_JOB_TOKEN", true),
            (&["token$", "npmrc"], "NPMRC", true),
            (&["token$", "npmrc"], "x.npmrc.y", true),
            (&["token$", "npmrc"], "CONFIG_LOGGING_NAME", false),
            (&["token$", "npmrc"], "toke", false),
            (&["token$", "npmrc"], "to\u{212a}en", false),
            (&["(?i)token$", "npmrc"], "to\u{212a}en", true),
            (&["token$", "npmrc"], "", false),
        ] {
            let expressions: Vec<String> = expressions.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(Words::of(&expressions).unwrap().may_be_in(text), expected, "{expressions:?} {text}");
        }
        for unknown in [&["token", "a.b"][..], &[], &["ab"], &[".*"]] {
            let unknown: Vec<String> = unknown.iter().map(|it| (*it).to_owned()).collect();
            assert!(Words::of(&unknown).is_none(), "{unknown:?}");
        }
    }
}
