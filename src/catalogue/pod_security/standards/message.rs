//! The message of a violation: the check, whose field it is, what is wrong with it, and the value.

use super::{Check, Violation};
use crate::object::NumberOrText;
use crate::policy::shown_within;

/// The longest message, in characters: the API server leaves that much of a warning.
const LONGEST: usize = 120;

/// What there is to say about a violation. It begins with the id of the check and `: `; names and values are
/// shortened to what fits.
pub fn message(check: &Check, violation: &Violation<'_>) -> String {
    let Violation { owner, says, value, .. } = violation;
    // Files may leave out a name; the path then says which one it is.
    let name = owner.name().filter(|name| !name.is_empty());
    let value = value.map(|value| match value {
        NumberOrText::Text(text) => text.to_owned(),
        NumberOrText::Number(number) => number.to_string(),
    });
    let frame = |name: &str, value: &str| format!("{}: {owner}{name} {says}{value}", check.id);
    let quoted = |text: Option<&str>, room| {
        text.map_or_else(String::new, |text| format!(" `{}`", shown_within(text, room)))
    };
    let length = |text: Option<&str>| text.map_or(0, |text| text.chars().take(LONGEST).count());
    let marks = quoted(Some(""), 0).len() * (usize::from(name.is_some()) + usize::from(value.is_some()));
    let room = LONGEST.saturating_sub(frame("", "").chars().count() + marks);
    let for_value = room - length(name).min(room / 2);
    let for_name = room - length(value.as_deref()).min(for_value);
    frame(&quoted(name, for_name), &quoted(value.as_deref(), for_value))
}
