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
    phrases.iter().map(String::as_str).find(|phrase| contains(text, phrase))
}

fn contains(text: &str, phrase: &str) -> bool {
    let starts = std::iter::once(0).chain(text.match_indices(SEPARATORS).map(|(index, _)| index + 1));
    starts.map(|start| text[start..].split(SEPARATORS)).any(|mut rest| {
        phrase.split('-').all(|word| {
            rest.next()
                .is_some_and(|it| if word == "*" { !it.is_empty() } else { it.eq_ignore_ascii_case(word) })
        })
    })
}
