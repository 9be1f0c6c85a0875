//! Sizes as the flags of runtimes have them.

use super::Size;
use crate::object::quantity::Quantity;

/// A size of the JVM: a number and `k`, `m`, `g` or `t`.
pub(super) fn jvm(text: &str) -> Option<Size> {
    let (number, shift) = match text.as_bytes().last()?.to_ascii_lowercase() {
        b'k' => (&text[..text.len() - 1], 10),
        b'm' => (&text[..text.len() - 1], 20),
        b'g' => (&text[..text.len() - 1], 30),
        b't' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    bytes(number, shift)
}

/// A percentage of the JVM.
pub(super) fn percentage(text: &str) -> Option<Size> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let percent = Quantity::parse(text).filter(|percent| is_plain && percent.is_positive())?;
    (percent <= Quantity::from_units(100)).then_some(Size::Percent(percent))
}

/// A value of `GOMEMLIMIT`: a number and `B`, `KiB`, `MiB`, `GiB` or `TiB`; `off` is none.
pub(super) fn go(text: &str) -> Option<Size> {
    let number = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let shift = match &text[number.len()..] {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    bytes(number, shift)
}

/// Whether a word sets the size of the old generation of Node.js, where `_` is as good as `-`.
pub(super) fn is_old_space(word: &str) -> bool {
    let flag = b"--max-old-space-size";
    let is_it =
        |name: &str| name.bytes().map(|byte| if byte == b'_' { b'-' } else { byte }).eq(flag.iter().copied());
    word.split_once('=').is_some_and(|(name, _)| is_it(name))
}

/// The value of a flag in mebibytes.
pub(super) fn mebibytes(word: &str) -> Option<Size> {
    bytes(word.split_once('=')?.1, 20)
}

/// A number of units of a power of two; nothing is no size.
fn bytes(number: &str, shift: u32) -> Option<Size> {
    let is_plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let units: i64 = if is_plain { number.parse().ok()? } else { return None };
    let bytes = units.checked_mul(1 << shift).filter(|bytes| *bytes > 0)?;
    Some(Size::Bytes(Quantity::from_units(bytes)))
}
