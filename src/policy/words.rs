//! What a text must have in it that a regular expression matches.

use regex_syntax::hir::{Capture, Class, ClassUnicode, Hir, HirKind, Literal, Repetition};

/// Words of which every text has one, in any case, that one of some expressions matches.
///
/// Hardly any text has one, and that is found out without looking at most of its bytes: from the last two letters
/// of as many as the shortest word has it is known how many can be passed over (Wu and Manber, 1994).
#[derive(Clone, Debug)]
pub(super) struct Words {
    shortest: usize,
    all: Vec<Vec<u8>>,
    skips: [u8; PAIRS],
    /// Whether an expression may match letters beyond ASCII for those within, as `(?i)` does.
    folds: bool,
}

/// Pairs of letters as they are told apart.
const PAIRS: usize = 1 << 10;

/// How much of each word decides what is passed over; what is shorter is in too many texts.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=32;

/// Comparing a place with more words than these takes longer than asking the engine.
const MOST: usize = 32;

impl Words {
    /// The words of these expressions; `None` where one of them says too little.
    pub(super) fn of(expressions: &[String]) -> Option<Self> {
        let mut words = Vec::new();
        let mut folds = false;
        for expression in expressions {
            words.append(&mut words_of(&regex_syntax::parse(expression).ok()?, &mut folds));
        }
        let shortest = Some(shortest(&words)).filter(|it| it >= LENGTHS.start())?.min(*LENGTHS.end());
        let mut skips = [u8::try_from(shortest - 1).ok()?; PAIRS];
        for (at, two) in words.iter().flat_map(|word| word[..shortest].windows(2).enumerate()) {
            let skip = &mut skips[pair(two[0], two[1])];
            *skip = (*skip).min(u8::try_from(shortest - 2 - at).ok()?);
        }
        Some(Self { shortest, all: words, skips, folds })
    }

    /// Whether one of them may be in a text.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let mut end = self.shortest;
        while end <= text.len() {
            match self.skips[pair(text[end - 2], text[end - 1])] {
                0 if self.may_start(&text[end - self.shortest..]) => return true,
                0 => end += 1,
                skip => end += usize::from(skip),
            }
        }
        self.folds && !text.is_ascii()
    }

    /// Whether a text may start with one of them. The loop is faster without it.
    #[cold]
    fn may_start(&self, text: &[u8]) -> bool {
        let starts =
            |word: &Vec<u8>| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        self.all.len() > MOST || self.all.iter().any(starts)
    }
}

fn pair(one: u8, other: u8) -> usize {
    usize::from(one % 32) << 5 | usize::from(other % 32)
}

fn shortest(words: &[Vec<u8>]) -> usize {
    words.iter().map(Vec::len).min().unwrap_or(0)
}

/// Words of which one is, in some case, in whatever an expression matches; the empty one where nothing better is
/// known. `folds` becomes true where a letter of theirs may also be one beyond ASCII.
fn words_of(expression: &Hir, folds: &mut bool) -> Vec<Vec<u8>> {
    match expression.kind() {
        HirKind::Literal(Literal(letters)) => vec![letters.to_vec()],
        HirKind::Class(Class::Unicode(class)) => {
            let letter = letter_of(class);
            *folds |= letter.is_some() && !class.is_ascii();
            vec![Vec::from_iter(letter)]
        }
        HirKind::Repetition(Repetition { min: 1.., sub, .. }) | HirKind::Capture(Capture { sub, .. }) => {
            words_of(sub, folds)
        }
        HirKind::Alternation(branches) => {
            branches.iter().flat_map(|branch| words_of(branch, folds)).collect()
        }
        HirKind::Concat(parts) => {
            let mut best = vec![Vec::new()];
            let mut run = Vec::new();
            for part in parts {
                let mut words = words_of(part, folds);
                // These are all of what the part matches, so what is before and behind belongs to the same word.
                if matches!(part.kind(), HirKind::Literal(_) | HirKind::Class(_)) && shortest(&words) > 0 {
                    run.append(&mut words[0]);
                    words[0].clone_from(&run);
                } else {
                    run.clear();
                }
                if shortest(&words) > shortest(&best) {
                    best = words;
                }
            }
            best
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) | HirKind::Repetition(_) => vec![Vec::new()],
    }
}

/// The letter that a class has in several cases and nothing else, as `(?i)` makes them.
fn letter_of(class: &ClassUnicode) -> Option<u8> {
    let mut letters = class.iter().flat_map(|range| range.start()..=range.end()).map(|letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    });
    let letter = letters.next()?;
    (letter.is_ascii() && letters.all(|other| other == letter)).then_some(letter)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::string::string_regex_parsed;
    use serde_json::Value;

    use super::*;

    fn owned(expressions: &[&str]) -> Vec<String> {
        expressions.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn words_are_read_from_expressions() {
        for (expression, expected, expected_folds) in [
            (r"^prometheus\.io/scrape$", &["prometheus.io/scrape"][..], false),
            ("metrics|prometheus", &["metrics", "prometheus"], false),
            (r"(?i)(^|[._-])npmrc($|[._-])", &["npmrc"], false),
            (r"(?i)^(maven-)?settings(-security)?\.xml$", &["settings"], true),
            ("(?i)token", &["token"], true),
            ("[Tt][Oo][Kk]en", &["token"], false),
            ("[Tt][Oo][k\u{212a}]en", &["token"], true),
            ("[Tt][Oo][kl]en", &["to"], false),
            ("to(?i:K)en", &["token"], true),
            ("(nexus|artifactory)x?", &["nexus", "artifactory"], false),
            ("(?:abc|de)+fg", &["abc", "de"], false),
            ("(?:abc|def?|d*)+fg", &["fg"], false),
            ("(abc)?de", &["de"], false),
            ("(abc){0,1}de", &["de"], false),
            ("(abc){2}de", &["abc"], false),
            ("(abc|d*)ef", &["ef"], false),
            ("abcd?e", &["abc"], false),
            ("abc+de", &["ab"], false),
            ("ab+*cde", &["cde"], false),
            ("a.bc", &["bc"], false),
            ("abéc", &["abéc"], false),
            ("(?i)abéc", &["ab"], false),
            (r"ab\dcde", &["cde"], false),
            (r"ab\bcde", &["cde"], false),
            (r"[]a][^]b]cd", &["cd"], false),
            ("(?x)ab c # d", &["abc"], false),
            ("(?P<a>b)", &["b"], false),
            (r"\x41bc", &["Abc"], false),
            (r"\sbc", &["bc"], false),
            ("[[:alpha:]]bc", &["bc"], false),
            ("", &[""], false),
            ("abc|", &["abc", ""], false),
            ("a*", &[""], false),
            (r"[^\s\S]", &[""], false),
            (".", &[""], false),
            ("(?-u:[ab])?bc", &["bc"], false),
        ] {
            let mut folds = false;
            let words = words_of(&regex_syntax::parse(expression).unwrap(), &mut folds);
            let words: Vec<_> = words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect();
            assert_eq!((words, folds), (owned(expected), expected_folds), "{expression}");
        }
    }

    #[test]
    fn what_has_a_word_is_never_ruled_out() {
        for (expressions, text, expected) in [
            (&["token$", "npmrc"][..], "CI_JOB_TOKEN", true),
            (&["token$", "npmrc"], "NPMRC", true),
            (&["token$", "npmrc"], "x.npmrc.y", true),
            (&["token$", "npmrc"], "tokentoke", true),
            (&["token$", "npmrc"], "ttttoken", true),
            (&["token$", "npmrc"], "CONFIG_LOGGING_NAME", false),
            (&["token$", "npmrc"], "broken.men", false),
            (&["token$", "npmrc"], "toke", false),
            (&["token$", "npmrc"], "to\u{212a}en", false),
            (&["(?i)token$", "npmrc"], "to\u{212a}en", true),
            (&["token$", "npmrc"], "", false),
            (&["^istio", "linkerd"], "app.kubernetes.io/name", false),
            (&["^istio", "linkerd"], "istio.io/rev", true),
            (&["^kube-", "^vault"], "kubernetes", false),
            (&["^kube-", "^vault"], "kube", false),
        ] {
            assert_eq!(
                Words::of(&owned(expressions)).unwrap().may_be_in(text),
                expected,
                "{expressions:?} {text}"
            );
        }
        let many: Vec<_> = (0..=MOST).map(|number| format!("name{number:03}tail")).collect();
        for (expressions, expected) in [(&many[..MOST], false), (&many, true)] {
            assert_eq!(Words::of(expressions).unwrap().may_be_in("name999tail"), expected);
        }
        for unknown in [&["token", "a.b"][..], &[], &["ab"], &[".*"], &["token|"]] {
            assert!(Words::of(&owned(unknown)).is_none(), "{unknown:?}");
        }
    }

    /// Expressions of all kinds, and those that policies have by default.
    fn expressions() -> Vec<String> {
        fn collect(value: &Value, expressions: &mut Vec<String>) {
            match value {
                Value::String(expression) => expressions.push(expression.clone()),
                Value::Array(values) => values.iter().for_each(|value| collect(value, expressions)),
                Value::Object(fields) => fields.values().for_each(|value| collect(value, expressions)),
                _ => {}
            }
        }
        let mut expressions = owned(&[
            "token",
            "(?i)token|secret",
            "[Tt]o[kK\u{212a}]ens?",
            "(?i)(task|kiosk){1,2}s*",
            "(?i-u:task)|(?-u:[b-df])ask",
            "(?i)groß(stra[sß]e)?n|été",
            "(abc)?def(ghi)+jkl|mno(p|q*)rst",
            "(a|bc|d?)efg|hij(klm|nop|qr)",
            r"(?s)ab.{2,3}cd\d\w\W\D[^a-z]efg",
            r"\babc\b|(?m)^def$|(?x) g h i # j",
            "a?b{2}c*d+?ef|ghi",
        ]);
        let count = expressions.len();
        for entry in crate::catalogue::all() {
            let schema = entry.params_schema();
            let properties = schema.get("properties").and_then(Value::as_object);
            let patterns = properties.into_iter().flat_map(|it| it.values());
            let patterns = patterns.filter(|it| it.to_string().contains(r#""format":"regex""#));
            patterns.for_each(|it| collect(&it["default"], &mut expressions));
        }
        assert!(expressions.len() > count + 20, "{expressions:?}");
        expressions
    }

    /// What an expression spells, wherever in a text that may stand.
    fn without_looks(expression: Hir) -> Hir {
        match expression.into_kind() {
            HirKind::Empty | HirKind::Look(_) => Hir::empty(),
            HirKind::Literal(Literal(letters)) => Hir::literal(letters),
            HirKind::Class(class) => Hir::class(class),
            HirKind::Repetition(it) => {
                Hir::repetition(Repetition { sub: Box::new(without_looks(*it.sub)), ..it })
            }
            HirKind::Capture(it) => without_looks(*it.sub),
            HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(without_looks).collect()),
            HirKind::Alternation(branches) => {
                Hir::alternation(branches.into_iter().map(without_looks).collect())
            }
        }
    }

    fn matches() -> impl Strategy<Value = (String, String)> {
        proptest::sample::select(expressions()).prop_flat_map(|expression| {
            let spelt = without_looks(regex_syntax::parse(&expression).unwrap());
            let texts = (".{0,9}", string_regex_parsed(&spelt).unwrap(), ".{0,9}");
            (Just(expression), texts.prop_map(|(before, text, behind)| before + &text + &behind))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_match_is_ruled_out((expression, text) in matches()) {
            let words = Words::of(std::slice::from_ref(&expression));
            prop_assert!(words.is_none_or(|words| words.may_be_in(&text)), "{} {:?}", expression, text);
        }
    }
}
