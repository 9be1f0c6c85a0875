//! How policies about images name what they mean: words in a tag, and patterns for whole repositories.

mod pattern;

pub(super) use pattern::ImagePattern;

/// What words of a tag stand between.
const SEPARATORS: [char; 4] = ['-', '_', '.', '+'];

/// The first of these phrases that stands in a text, whatever its case.
///
/// The text is taken apart at `-`, `_`, `.` and `+`. Phrases of several words join them by `-`; a `*` stands for any
/// one word.
pub(super) fn find_phrase<'a>(text: &str, phrases: &'a [String]) -> Option<&'a str> {
    let mut rest = Some(text);
    while let Some(text) = rest {
        if let Some(phrase) = phrases.iter().find(|phrase| begins(text, phrase)) {
            return Some(phrase);
        }
        rest = text.split_once(SEPARATORS).map(|(_, rest)| rest);
    }
    None
}

fn begins(text: &str, phrase: &str) -> bool {
    // Most words differ in their first letter, and every image is compared with two dozen.
    let first = |text: &str| text.bytes().next().map(|byte| byte.to_ascii_lowercase());
    if first(text) != first(phrase) && !phrase.starts_with('*') {
        return false;
    }
    let mut words = text.split(SEPARATORS);
    phrase.split('-').all(|word| {
        words
            .next()
            .is_some_and(|it| if word == "*" { !it.is_empty() } else { it.eq_ignore_ascii_case(word) })
    })
}
