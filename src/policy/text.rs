//! Words of users in messages.

use std::fmt::{self, Write as _};

/// Characters that a value may take up in a message: two of them and what is said about them stay within the
/// 120 that the API server leaves of a warning.
const SHOWN: usize = 40;

/// Bytes of a text that are looked through to find out that each is a character.
const COUNTED: usize = 256;

/// A text as messages show it: its beginning and its end if it is long, on one line, and free of the backticks
/// that messages put around it.
///
/// The middle goes, because an image is known by its registry and its tag, a path by its root and its file.
pub(crate) fn shown(text: &str) -> Shown<'_> {
    shown_within(text, SHOWN)
}

/// [`shown`] for messages with another number of characters left for a value.
pub(crate) fn shown_within(text: &str, room: usize) -> Shown<'_> {
    Shown { text, room: room.max(2) }
}

/// What [`shown`] makes of a text.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'t> {
    text: &'t str,
    room: usize,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, room } = *self;
        let (half, rest) = (room / 2, room - room / 2 - 1);
        let (head, tail) = if text.len() <= room {
            // Nearly every text is a short name.
            return write_harmless(f, text);
        } else if text.len() <= COUNTED && text.is_ascii() {
            (half, text.len() - rest)
        } else if text.chars().nth(room).is_none() {
            return write_harmless(f, text);
        } else {
            // Counting stops early: texts may be as long as the object.
            let head = text.char_indices().nth(half).map_or(text.len(), |(index, _)| index);
            let last = rest.checked_sub(1).and_then(|last| text.char_indices().nth_back(last));
            (head, last.map_or(text.len(), |(index, _)| index))
        };
        write_harmless(f, &text[..head])?;
        f.write_str("…")?;
        write_harmless(f, &text[tail..])
    }
}

/// Writes a text with a mark for each character that would break a message.
fn write_harmless(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let is_harmful = |char: char| char.is_control() || char == '`';
    // Without a way out of it this looks at many bytes at once, and nearly every text is all letters.
    let is_plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'_' | b'a'..=b'~'));
    if is_plain {
        return f.write_str(text);
    }
    text.chars().try_for_each(|char| f.write_char(if is_harmful(char) { '\u{fffd}' } else { char }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_in_the_middle() {
        assert_eq!(shown("nginx:1.27").to_string(), "nginx:1.27");
        assert_eq!(shown("a`b\n").to_string(), "a\u{fffd}b\u{fffd}");
        let forty = "0123456789".repeat(4);
        assert_eq!(shown(&forty).to_string(), forty);
        assert_eq!(shown(&format!("{forty}:tag")).to_string(), "01234567890123456789…567890123456789:tag");
        let long = shown(&"ä".repeat(100_000)).to_string();
        assert_eq!(long.chars().count(), SHOWN);
        for (room, expected) in [(9, "abcdefghi"), (8, "abcd…ghi"), (7, "abc…ghi"), (2, "a…")] {
            assert_eq!(shown_within("abcdefghi", room).to_string(), expected);
        }
    }
}
